using System.Globalization;

namespace Muster.Core.Model;

/// <summary>Holds active checks to <see cref="Limits"/>.</summary>
public static class CheckValidator
{
    /// <summary>The first violation, or null if the instance has no check or a good one.</summary>
    /// <param name="instance">The instance; its endpoints are valid.</param>
    public static Violation? Validate(InstanceRecord instance) => instance.Check is not { } check
        ? null
        : Validate(check, instance)
            ?? Between("check.interval_ms", check.Interval, Limits.CheckIntervalMin, Limits.CheckIntervalMax)
            ?? Between("check.timeout_ms", check.Timeout, Limits.CheckTimeoutMin, Min(Limits.CheckTimeoutMax, check.Interval),
                ", and not more than check.interval_ms")
            ?? Threshold("check.rise", check.Rise)
            ?? Threshold("check.fall", check.Fall)
            ?? (check.RemoveAfter is { } after
                ? Between("check.remove_after_ms", after, Limits.CheckRemoveAfterMin, Limits.CheckRemoveAfterMax, ", 0 means never")
                : null);

    private static Violation? Validate(ActiveCheck check, InstanceRecord instance)
    {
        if (check.EndpointOf(instance) is not { } endpoint)
        {
            return new Violation("check.endpoint", Violation.Quote(check.Endpoint),
                $"the instance has no such endpoint, only {string.Join(", ", instance.Endpoints.Select(e => e.Name))}");
        }

        return check.Kind switch
        {
            CheckKind.Http => ValidatePath(check.Path) ?? ValidateStatus(check.ExpectedStatus),
            CheckKind.Grpc when endpoint.Protocol == EndpointProtocol.Http1 => new Violation(
                "check.endpoint", Violation.Quote(endpoint.Name), "a gRPC check needs an endpoint that speaks HTTP/2"),
            CheckKind.Grpc => ValidateGrpcService(check.GrpcService),
            _ => null,
        };
    }

    private static Violation? ValidatePath(string path)
    {
        if (path.Length is 0 or > Limits.CheckPathCharsMax)
        {
            return new Violation("check.http.path", path.Length == 0 ? "empty" : $"{path.Length} characters",
                $"1 to {Limits.CheckPathCharsMax} characters are allowed");
        }

        return path[0] == '/' && path.All(c => c is > ' ' and < '\x7f' and not '#')
            ? null
            : new Violation("check.http.path", Violation.Quote(path), "it begins with '/', and holds printable ASCII without spaces and '#'");
    }

    private static Violation? ValidateStatus(int status) => status is 0 or (>= 200 and <= 599)
        ? null
        : new Violation("check.http.status", Number(status), "200 to 599 are allowed, 0 means any from 200 to 299");

    private static Violation? ValidateGrpcService(string service)
    {
        if (service.Length > Limits.CheckServiceCharsMax)
        {
            return new Violation("check.grpc.service", $"{service.Length} characters", $"at most {Limits.CheckServiceCharsMax} are allowed");
        }

        return service.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_')
            ? null
            : new Violation("check.grpc.service", Violation.Quote(service), "letters, digits, '.' and '_' are allowed");
    }

    private static Violation? Between(string field, TimeSpan value, TimeSpan min, TimeSpan max, string more = "") => value >= min && value <= max
        ? null
        : new Violation(field, Number(value.TotalMilliseconds), $"{Number(min.TotalMilliseconds)} to {Number(max.TotalMilliseconds)} are allowed{more}");

    private static Violation? Threshold(string field, int value) => value is >= 1 and <= Limits.CheckThresholdMax
        ? null
        : new Violation(field, Number(value), $"1 to {Limits.CheckThresholdMax} are allowed");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
