using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.AspNetCore;

namespace Muster.Samples.Shared.Hosting;

/// <summary>What one sample offers.</summary>
internal sealed record Provider
{
    /// <summary>The services that it registers, all on one port. Each has an instance id of its own if there are several.</summary>
    public required ImmutableArray<string> Services { get; init; }

    /// <summary>Maps its endpoints.</summary>
    public required Action<WebApplication> Map { get; init; }

    /// <summary>What it speaks. Cleartext Kestrel cannot serve both on one port.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http2;

    /// <summary>Measures load; null means the process's own.</summary>
    public ILoadSource? LoadSource { get; init; }

    /// <summary>Runs before the first caller can arrive, so that the first call need not pay for it; null if there is nothing to
    /// do. Must end in about a second and must not throw: what is missing then may still come.</summary>
    public Func<Task>? WarmUp { get; init; }

    /// <summary>What the program needs to close when it ends; null if nothing.</summary>
    public IAsyncDisposable? Owned { get; init; }
}
