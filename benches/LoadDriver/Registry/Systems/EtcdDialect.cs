using Google.Protobuf;
using Muster.Bench.LoadDriver.Http2;
using Muster.Etcd;
using Muster.Etcd.V3;
using Muster.Protocol.V1;
using WatchRequest = Muster.Etcd.V3.WatchRequest;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>etcd's words: an instance is a key <c>/instances/SERVICE/ADDRESS</c> under a lease.</summary>
internal sealed class EtcdDialect : IDialect
{
    private const int EventsField = 11;

    public string Name => "etcd";

    public string WatchPath => EtcdMethods.Watch.FullName;

    public IExchange NewRegistration(int ttlSeconds) => new Registration(ttlSeconds);

    public IExchange NewRenewal() => new Renewal();

    public IExchange NewLookup() => new Lookup();

    public IExchange NewCount() => new Count();

    public IExchange NewChange(int service) => new Change(service);

    public byte[] Watch(int service)
    {
        var prefix = Prefix(Record.ServiceName(service));
        return new WatchRequest { CreateRequest = new WatchCreateRequest { Key = prefix, RangeEnd = EtcdKeys.PrefixEnd(prefix) } }
            .ToByteArray();
    }

    public bool IsChange(ReadOnlySpan<byte> message) => WireFields.Has(message, EventsField);

    /// <summary>A put of an instance under a lease.</summary>
    public static PutRequest Put(Instance instance, long lease) => new()
    {
        Key = ByteString.CopyFromUtf8($"/instances/{instance.Service}/{instance.Host}:8080"),
        Value = instance.ToByteString(),
        Lease = lease,
    };

    private static ByteString Prefix(string service) => ByteString.CopyFromUtf8($"/instances/{service}/");

    private sealed class Registration(int ttlSeconds) : IExchange
    {
        private readonly LeaseGrantRequest _grant = new() { TTL = ttlSeconds };
        private PutRequest? _put;

        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number)
        {
            _put = Put(Record.Make(number, (int)(number % Record.Services)), 0);
            return (EtcdMethods.LeaseGrant.FullName, _grant);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            if (_put is not { } put)
            {
                return null;
            }

            _put = null;
            put.Lease = Result = LeaseGrantResponse.Parser.ParseFrom(response).ID;
            return (EtcdMethods.Put.FullName, put);
        }
    }

    private sealed class Renewal : IExchange
    {
        private readonly LeaseKeepAliveRequest _request = new();

        public long Result => 0;

        // A stream of one request, as etcd's own client does for KeepAliveOnce.
        public (string Path, IMessage Request) Begin(long number)
        {
            _request.ID = number;
            return (EtcdMethods.LeaseKeepAlive.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response) => null;
    }

    private sealed class Lookup : IExchange
    {
        private readonly RangeRequest _request = new() { Serializable = true };

        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number)
        {
            _request.Key = Prefix(Record.ServiceName((int)number));
            _request.RangeEnd = EtcdKeys.PrefixEnd(_request.Key);
            return (EtcdMethods.Range.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            Result = response.Length;
            return null;
        }
    }

    private sealed class Change(int service) : IExchange
    {
        private readonly Instance _instance = Record.Make(0, service);

        public long Result => 0;

        public (string Path, IMessage Request) Begin(long number)
        {
            _instance.Weight = (int)(number % 1000) + 1;
            return (EtcdMethods.Put.FullName, Put(_instance, lease: 0));
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response) => null;
    }

    private sealed class Count : IExchange
    {
        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number)
        {
            var prefix = ByteString.CopyFromUtf8("/instances/");
            return (EtcdMethods.Range.FullName, new RangeRequest
            {
                Key = prefix, RangeEnd = EtcdKeys.PrefixEnd(prefix), Serializable = true, CountOnly = true,
            });
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            Result = RangeResponse.Parser.ParseFrom(response).Count;
            return null;
        }
    }
}
