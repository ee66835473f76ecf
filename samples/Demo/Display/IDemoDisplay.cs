using System.Threading.Channels;

namespace Muster.Samples.Demo.Display;

/// <summary>Shows a run.</summary>
internal interface IDemoDisplay
{
    /// <summary>The keys that were pressed; none where there is no terminal.</summary>
    ChannelReader<char> Keys { get; }

    /// <summary>Shows the run until the token fires.</summary>
    Task RunAsync(Stage stage, CancellationToken end);
}
