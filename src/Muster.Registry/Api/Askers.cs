using Muster.Core;
using Muster.Core.Model;

namespace Muster.Registry.Api;

/// <summary>Who asks, as the history shows it: the name they give, and where they really come from.</summary>
internal static class Askers
{
    /// <summary>An operator, named by himself and by his address.</summary>
    public static Answer<string> OperatorName(this ApiCaller caller, string name) =>
        Check("operator", name, Limits.OperatorNameCharsMax) is { } violation
            ? Refusal.Invalid(violation)
            : $"{(name.Length == 0 ? "an operator" : $"operator '{name}'")} at {caller.Address}";

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
