namespace Muster.Core.Model;

/// <summary>Bad input, said so that its sender can mend it.</summary>
/// <param name="Field">The field, as the wire names it.</param>
/// <param name="Value">What was sent, shortened if it is long.</param>
/// <param name="Bound">What is allowed.</param>
public sealed record Violation(string Field, string Value, string Bound)
{
    /// <summary>The sentence that goes to the sender.</summary>
    public override string ToString() => $"{Field} is {Value}: {Bound}.";

    /// <summary>Quotes a text for a message, shortened to 64 characters.</summary>
    public static string Quote(string text) => text.Length <= 64 ? $"'{text}'" : $"'{text[..61]}...'";
}
