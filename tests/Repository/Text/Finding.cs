namespace Muster.Repository.Text;

/// <summary>One place that breaks a rule.</summary>
/// <param name="Rule">The rule, as a short sentence.</param>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1; 0 means the file as a whole.</param>
/// <param name="Found">What is there.</param>
/// <param name="Instead">What should be there.</param>
public sealed record Finding(string Rule, string Path, int Line, string Found, string Instead)
{
    public override string ToString() =>
        $"{Path}{(Line > 0 ? $":{Line}" : "")}: {Found}\n    rule: {Rule}\n    instead: {Instead}";

    /// <summary>Fails with every finding in full: one run must be enough to repair all of them.</summary>
    public static void AssertNone(IEnumerable<Finding> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{all.Count} broken:\n\n" + string.Join("\n\n", all));
    }
}
