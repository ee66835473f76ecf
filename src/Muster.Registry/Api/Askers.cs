using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc.AspNetCore;

namespace Muster.Registry.Api;

/// <summary>Who asks, as the history shows it: the name they give, and where they really come from.</summary>
internal static class Askers
{
    /// <summary>The caller's address and port.</summary>
    public static string Peer(this GrpcServerContext context)
    {
        var connection = context.HttpContext.Connection;
        return connection.RemoteIpAddress is { } address
            ? HostPort.Format($"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}", connection.RemotePort)
            : "an unknown address";
    }

    /// <summary>An operator, named by himself and by his address.</summary>
    public static Answer<string> OperatorName(this GrpcServerContext context, string name) =>
        Check("operator", name, Limits.OperatorNameCharsMax) is { } violation
            ? Refusal.Invalid(violation)
            : $"{(name.Length == 0 ? "an operator" : $"operator '{name}'")} at {context.Peer()}";

    /// <summary>Free text that ends up in logs and on terminals: bounded, and without what would move a cursor.</summary>
    public static Violation? Check(string field, string text, int charsMax)
    {
        if (text.Length > charsMax)
        {
            return new Violation(field, $"{text.Length} characters", $"at most {charsMax} are allowed");
        }

        return text.Any(char.IsControl) ? new Violation(field, "a text with control characters", "none are allowed") : null;
    }
}
