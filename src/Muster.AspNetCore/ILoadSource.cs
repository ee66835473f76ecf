using Muster.Core.Model;

namespace Muster.AspNetCore;

/// <summary>Says how busy this process is.</summary>
/// <remarks>Thread-safe and cheap: asked up to a hundred times per second.</remarks>
public interface ILoadSource
{
    /// <summary>The load now; null if it is not known.</summary>
    LoadReport? Current { get; }
}
