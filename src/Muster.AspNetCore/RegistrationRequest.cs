namespace Muster.AspNetCore;

/// <summary>One call of <see cref="MusterAspNetCoreExtensions.AddMusterRegistration"/>.</summary>
internal sealed class RegistrationRequest(string service, Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure)
{
    // Asked for by the announcement and by the load reports, but the application's function runs once.
    private readonly Lazy<MusterRegistrationOptions> _options = new(() =>
    {
        var options = FromEnvironment();
        return configure?.Invoke(options) ?? options;
    });

    public string Service => service;

    public MusterRegistrationOptions Options => _options.Value;

    private static MusterRegistrationOptions FromEnvironment()
    {
        // Empty counts as unset: compose files pass variables on that nobody set.
        var address = Environment.GetEnvironmentVariable(MusterRegistrationOptions.AddressVariable);
        return string.IsNullOrEmpty(address)
            ? new MusterRegistrationOptions()
            : new MusterRegistrationOptions { Address = address };
    }
}
