using Google.Protobuf;
using Muster.Bench.LoadDriver.Http2;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>Muster's words.</summary>
internal sealed class MusterDialect : IDialect
{
    private const int UpsertedField = 4;
    private const int SoftField = 8;

    public string Name => "muster";

    public string WatchPath => RegistryMethods.Watch.FullName;

    public IExchange NewRegistration(int ttlSeconds) => new Registration(ttlSeconds);

    public IExchange NewRenewal() => new Renewal();

    public IExchange NewLookup() => new Lookup();

    public IExchange NewCount() => new Count();

    public IExchange NewChange(int service) => new Change(service);

    public byte[] Watch(int service) =>
        new WatchRequest { Subscribe = new Subscribe { Service = Record.ServiceName(service) } }.ToByteArray();

    public bool IsChange(ReadOnlySpan<byte> message) => WireFields.Has(message, UpsertedField);

    /// <summary>Whether a message of a watch tells of liveness.</summary>
    public static bool IsLiveness(ReadOnlySpan<byte> message) => WireFields.Has(message, SoftField);

    private sealed class Registration(int ttlSeconds) : IExchange
    {
        private readonly RegisterRequest _request = new() { TtlMs = (uint)ttlSeconds * 1000 };

        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number)
        {
            _request.Instance = Record.Make(number, (int)(number % Record.Services));
            return (RegistryMethods.Register.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            Result = (long)RegisterResponse.Parser.ParseFrom(response).LeaseId;
            return null;
        }
    }

    private sealed class Renewal : IExchange
    {
        private readonly KeepAliveRequest _request = new();

        public long Result => 0;

        public (string Path, IMessage Request) Begin(long number)
        {
            _request.LeaseId = (ulong)number;
            return (RegistryMethods.KeepAlive.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response) => null;
    }

    private sealed class Lookup : IExchange
    {
        private readonly ListInstancesRequest _request = new();

        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number)
        {
            _request.Service = Record.ServiceName((int)number);
            return (RegistryMethods.ListInstances.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            Result = response.Length;
            return null;
        }
    }

    private sealed class Change(int service) : IExchange
    {
        private readonly RegisterRequest _request = new() { TtlMs = 600_000, Instance = Record.Make(0, service) };

        public long Result => 0;

        public (string Path, IMessage Request) Begin(long number)
        {
            _request.Instance.Weight = (int)(number % 1000) + 1;
            return (RegistryMethods.Register.FullName, _request);
        }

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            _request.LeaseId = RegisterResponse.Parser.ParseFrom(response).LeaseId;
            return null;
        }
    }

    private sealed class Count : IExchange
    {
        public long Result { get; private set; }

        public (string Path, IMessage Request) Begin(long number) => (RegistryMethods.ListServices.FullName, new ListServicesRequest());

        public (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response)
        {
            Result = ListServicesResponse.Parser.ParseFrom(response).Services.Sum(s => (long)s.Instances);
            return null;
        }
    }
}
