namespace Muster.Client.Resilience;

/// <summary>How long calls took together.</summary>
/// <param name="Count">How many; streams, which take as long as they are wanted, are not among them.</param>
/// <param name="Milliseconds">How long.</param>
internal readonly record struct CallTimes(long Count, double Milliseconds)
{
    /// <summary>The mean; 0 of none.</summary>
    public double Mean => Count == 0 ? 0 : Milliseconds / Count;

    public static CallTimes operator +(CallTimes a, CallTimes b) => new(a.Count + b.Count, a.Milliseconds + b.Milliseconds);

    public static CallTimes operator -(CallTimes a, CallTimes b) => new(a.Count - b.Count, a.Milliseconds - b.Milliseconds);
}
