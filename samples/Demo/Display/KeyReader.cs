using System.Threading.Channels;

namespace Muster.Samples.Demo.Display;

/// <summary>Reads keys from the terminal.</summary>
internal static class KeyReader
{
    // A hand on the keyboard; what is typed faster than it is done is dropped.
    private const int WaitingMax = 16;

    /// <summary>Starts reading, for as long as the process lives.</summary>
    public static ChannelReader<char> Start()
    {
        var keys = Channel.CreateBounded<char>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite });
        // A thread of its own, in the background: reading a key blocks, and must not keep the process alive.
        new Thread(() => Read(keys.Writer)) { IsBackground = true, Name = "keys" }.Start();
        return keys.Reader;
    }

    private static void Read(ChannelWriter<char> keys)
    {
        try
        {
            while (true)
            {
                keys.TryWrite(Console.ReadKey(intercept: true).KeyChar);
            }
        }
        catch (InvalidOperationException)
        {
            // The terminal went away: no more keys.
            keys.TryComplete();
        }
    }
}
