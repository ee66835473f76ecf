using System.Globalization;

namespace Muster.Registry;

/// <summary>Why the registry did not do what it was asked, in words for the asker.</summary>
/// <param name="Reason">The kind; each maps to one gRPC status.</param>
/// <param name="Message">A sentence that names field, value and bound.</param>
internal sealed record Refusal(RefusalReason Reason, string Message)
{
    public static Refusal Invalid(Core.Model.Violation violation) => new(RefusalReason.Invalid, violation.ToString());

    public static Refusal NotFound(string message) => new(RefusalReason.NotFound, message);

    public static Refusal LeaseNotFound(Core.Model.LeaseId lease) =>
        NotFound($"lease_id is {lease.Value}: no such lease runs; it lapsed or never was, so register anew.");

    public static Refusal Exhausted(string what, long count, long max, string where = "in all") => new(
        RefusalReason.Exhausted, string.Create(CultureInfo.InvariantCulture, $"{what} are {count}: at most {max} are allowed {where}."));

    public static Refusal Precondition(string message) => new(RefusalReason.Precondition, message);
}
