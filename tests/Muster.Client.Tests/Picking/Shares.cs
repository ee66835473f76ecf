namespace Muster.Client.Tests.Picking;

/// <summary>Judges counts of what happens by chance.</summary>
internal static class Shares
{
    // Of a million tests on other seeds one would fail.
    private const double Sigmas = 5;

    /// <summary>Asserts that a count is what so many tries of that probability bring.</summary>
    public static void AssertBinomial(double probability, int tries, int count)
    {
        var (mean, sigma) = (probability * tries, Math.Sqrt(tries * probability * (1 - probability)));
        Assert.InRange(count, mean - (Sigmas * sigma) - 1, mean + (Sigmas * sigma) + 1);
    }
}
