namespace Muster.Testing.Contract;

/// <summary>A promise that was broken.</summary>
/// <param name="Rule">The rule, as <see cref="ContractRules"/> names it.</param>
/// <param name="At">When it shows.</param>
/// <param name="Message">What was promised, and what happened instead.</param>
public sealed record ContractViolation(string Rule, TimeSpan At, string Message)
{
    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant($"{At.TotalSeconds:0.000000} {Rule}: {Message}");
}
