namespace Muster.Repository.Text;

/// <summary>A page of docs/reference that is generated from the code, and compared with it ever after.</summary>
public static class Snapshot
{
    public const string Switch = "MUSTER_UPDATE_SNAPSHOTS";

    /// <summary>Compares, or writes when the switch is set to 1.</summary>
    public static void Check(string path, string expected)
    {
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            File.WriteAllText(Root.Absolute(path), expected);
            return;
        }

        var actual = File.Exists(Root.Absolute(path)) ? File.ReadAllText(Root.Absolute(path)) : "";
        Finding.AssertNone(Differences(path, actual, expected));
    }

    /// <summary>The first lines that differ: past them a moved line would only repeat itself.</summary>
    public static IEnumerable<Finding> Differences(string path, string actual, string expected)
    {
        var have = actual.Split('\n');
        var want = expected.Split('\n');
        var common = have.Zip(want).TakeWhile(pair => pair.First == pair.Second).Count();
        if (common == have.Length && common == want.Length)
        {
            return [];
        }

        return [new Finding(
            "generated pages say what the code says", path, common + 1, Excerpt(have, common),
            $"{Excerpt(want, common)}\n    To take the code's word for it: {Switch}=1 ./test Repository, then read the diff.")];
    }

    private static string Excerpt(string[] lines, int from) =>
        from >= lines.Length ? "(the page ends)" : string.Join("\n             ", lines.Skip(from).Take(5));
}
