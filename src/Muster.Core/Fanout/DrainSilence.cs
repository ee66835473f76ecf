namespace Muster.Core.Fanout;

/// <summary>Why a watcher did not acknowledge a drain.</summary>
public enum DrainSilence
{
    /// <summary>It said nothing for as long as the drain waited: it may have stalled, and still send calls.</summary>
    Silent,

    /// <summary>Its stream cannot acknowledge; it was told, and nothing more is known.</summary>
    SimpleStream,

    /// <summary>Its stream ended first. If its process lives on, it goes by what it knew.</summary>
    Left,
}
