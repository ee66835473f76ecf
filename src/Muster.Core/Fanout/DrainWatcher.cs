using Muster.Core.Model;

namespace Muster.Core.Fanout;

/// <summary>A watcher of a service at the moment in which a drain of one of its instances was announced.</summary>
/// <param name="Id">Names the stream; never used twice.</param>
/// <param name="Name">Who watches, for people.</param>
/// <param name="CanAcknowledge">Whether its stream can carry an acknowledgement; a simple stream cannot.</param>
/// <param name="Awaited">The revision whose acknowledgement shows that it knows.</param>
public sealed record DrainWatcher(long Id, string Name, bool CanAcknowledge, Revision Awaited);
