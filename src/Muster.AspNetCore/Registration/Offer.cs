namespace Muster.AspNetCore.Registration;

/// <summary>One service that the app announces.</summary>
internal sealed record Offer(string Service, MusterRegistrationOptions Options);
