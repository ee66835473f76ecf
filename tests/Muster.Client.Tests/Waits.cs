namespace Muster.Client.Tests;

/// <summary>Bounds waits for events of the real world, so that a test that fails says where instead of hanging.</summary>
internal static class Waits
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    public static Task InTime(this Task task) => task.WaitAsync(s_limit);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(s_limit);
}
