using System.Globalization;
using Google.Protobuf;
using Muster.Bench.LoadDriver.Protos;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>A request to an endpoint that does nothing but answer with so many bytes: what HTTP/2 itself costs here.</summary>
internal sealed class BareExchange(int responseBytes) : IExchange
{
    private static readonly Payload s_request = new() { Number = 1 };

    private readonly string _path = string.Create(CultureInfo.InvariantCulture, $"/bare/sized?bytes={responseBytes}");

    public long Result => 0;

    public (string Path, IMessage Request) Begin(long number) => (_path, s_request);

    public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response) => null;
}
