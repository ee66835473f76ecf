using Google.Protobuf;
using Muster.Etcd;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>Puts an instance under a lease that is there.</summary>
internal sealed class EtcdPut(long lease) : IExchange
{
    public long Result => lease;

    public (string Path, IMessage Request) Begin(long number) =>
        (EtcdMethods.Put.FullName, EtcdDialect.Put(Record.Make(number, (int)(number % Record.Services)), lease));

    public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response) => null;
}
