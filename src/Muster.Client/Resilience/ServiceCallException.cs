using Muster.Core.Model;

namespace Muster.Client.Resilience;

/// <summary>A call to a service failed before any instance could answer it.</summary>
/// <remarks>The message is one sentence for people: the service, the cause with its counts, and when the registry was last
/// heard; then the page of the documentation that says what to do, which <see cref="Exception.HelpLink"/> has too. Through a gRPC client it arrives as UNAVAILABLE with that sentence.</remarks>
public sealed class ServiceCallException : HttpRequestException
{
    internal ServiceCallException(
        ServiceCallError error, ServiceKey service, string message, Exception? inner = null,
        HttpRequestError transport = HttpRequestError.ConnectionError)
        : base(transport, message, inner)
    {
        Error = error;
        Service = service;
    }

    /// <summary>The cause.</summary>
    public ServiceCallError Error { get; }

    /// <summary>The service.</summary>
    public ServiceKey Service { get; }
}
