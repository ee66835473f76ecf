using Google.Protobuf;
using Muster.Bench.LoadDriver.Grpc;
using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Bench.LoadDriver.Reports;
using Muster.Etcd;
using Muster.Etcd.V3;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>The rows that count what is done in a second.</summary>
internal sealed class RateRows(Plan plan)
{
    private const int Callers = 64;
    private const int Outstanding = 32;
    private const int TtlSeconds = 600;
    private const int Leases = 10_000;
    private const int LookupInstances = 10;

    /// <summary>Registrations, one call each (etcd: grant, then put).</summary>
    public async Task<IReadOnlyList<ComparedRow>> UnaryRegistrationsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var row = new ComparedRow($"durable registrations/s, one call each, {Callers} callers", Aim.AtLeast(5));
        var numbers = new Numbers();
        await AlternateAsync(row, muster, etcd, side => CallsAsync(
            side, Work.Endless(_ => numbers.Next()), () => side.Dialect.NewRegistration(TtlSeconds), cancellationToken));
        return [row];
    }

    /// <summary>Registrations through sessions (etcd: puts under one lease a connection, as many outstanding).</summary>
    public async Task<IReadOnlyList<ComparedRow>> SessionRegistrationsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var row = new ComparedRow($"durable registrations/s through {Callers} sessions, {Outstanding} outstanding each", Aim.AtLeast(10));
        var numbers = new Numbers();
        await AlternateAsync(row, muster, etcd, side => side == muster
            ? SessionsAsync(side, Work.Endless(_ => numbers.Next()), Register, cancellationToken)
            : PutsAsync(side, Work.Endless(_ => numbers.Next()), cancellationToken));
        return [row];

        static IMessage Register(long number) => new SessionRequest
        {
            RequestId = (ulong)number + 1,
            Register = new RegisterRequest { Instance = Record.Make(number, (int)(number % Record.Services)) },
        };
    }

    /// <summary>Renewals, one call each (etcd: a keep-alive stream of one message each).</summary>
    public async Task<IReadOnlyList<ComparedRow>> UnaryRenewalsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var leases = new Dictionary<Contestant, long[]>
        {
            [muster] = await muster.FillAsync(Leases, TtlSeconds, cancellationToken),
            [etcd] = await etcd.FillAsync(Leases, TtlSeconds, cancellationToken),
        };
        var row = new ComparedRow($"renewals/s, one call each, {Callers} callers", Aim.AtLeast(3));
        await AlternateAsync(row, muster, etcd, side => CallsAsync(
            side, Work.Endless(n => leases[side][n % Leases]), side.Dialect.NewRenewal, cancellationToken));
        return [row, await CeilingAsync("renewals/s", muster, n => leases[muster][n % Leases], muster.Dialect.NewRenewal, 16, cancellationToken)];
    }

    /// <summary>Renewals on streams, one lease each.</summary>
    public async Task<IReadOnlyList<ComparedRow>> StreamRenewalsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var leases = await etcd.FillAsync(Callers, TtlSeconds, cancellationToken);
        var row = new ComparedRow($"renewals/s on {Callers} streams, {Outstanding} outstanding each", Aim.AtLeast(10));
        await AlternateAsync(row, muster, etcd, side => side == muster
            ? SessionsAsync(side, Work.Endless(n => n), Renew, cancellationToken)
            : KeepAlivesAsync(side, leases, cancellationToken));
        return [row];

        static IMessage Renew(long number) => new SessionRequest { RequestId = (ulong)number + 1, Renew = new Renew() };
    }

    /// <summary>Lookups of a service with ten instances.</summary>
    public async Task<IReadOnlyList<ComparedRow>> LookupsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        await muster.FillAsync(Record.Services * LookupInstances, TtlSeconds, cancellationToken);
        await etcd.FillAsync(Record.Services * LookupInstances, TtlSeconds, cancellationToken);
        var row = new ComparedRow($"lookups/s of a service with {LookupInstances} instances, {Callers} callers", Aim.AtLeast(4));
        var bytes = 0L;
        await AlternateAsync(row, muster, etcd, side => CallsAsync(
            side, Work.Endless(n => n % Record.Services, (_, result) => bytes = side == muster ? result : bytes), side.Dialect.NewLookup,
            cancellationToken));
        return [row, await CeilingAsync("lookups/s", muster, n => n % Record.Services, muster.Dialect.NewLookup, (int)bytes, cancellationToken)];
    }

    /// <summary>Muster beside an endpoint that does nothing but answer as many bytes: what is left of its ceiling.</summary>
    private async Task<ComparedRow> CeilingAsync(
        string what, Contestant muster, Func<long, long> pick, Func<IExchange> exchange, int responseBytes, CancellationToken cancellationToken)
    {
        await using var bare = await ServerProcess.StartAsync(cancellationToken);
        var row = new ComparedRow($"{what}, one call each, beside bare Kestrel", null) { Other = "bare" };
        var endPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, bare.Address.Port);
        await AlternateAsync(
            row,
            () => CallsAsync(muster, Work.Endless(pick), exchange, cancellationToken),
            async () =>
            {
                await using var fleet = await Fleet.ConnectAsync(endPoint, Callers, cancellationToken);
                var work = Work.Endless(n => n);
                return await Meter.MeasureAsync(
                    () => fleet.CallAsync(1, () => new BareExchange(responseBytes), work), work, null, plan.Duration, cancellationToken);
            });
        return row;
    }

    private Task AlternateAsync(ComparedRow row, Contestant muster, Contestant etcd, Func<Contestant, Task<Rate>> measure) =>
        AlternateAsync(row, () => measure(muster), () => measure(etcd));

    private Task AlternateAsync(ComparedRow row, Func<Task<Rate>> muster, Func<Task<Rate>> other) =>
        Alternation.RunAsync(plan.Rounds, warmUps: 1, muster, other, (m, o) =>
        {
            row.Add(m.PerSecond, o.PerSecond);
            row.AddDriverCores(m.DriverCores, o.DriverCores);
            row.AddServerCores(m.ServerCores, o.ServerCores);
        });

    private async Task<Rate> CallsAsync(Contestant side, Work work, Func<IExchange> exchange, CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(side.Server.EndPoint, Callers, cancellationToken);
        return await Meter.MeasureAsync(() => fleet.CallAsync(1, exchange, work), work, side.Server, plan.Duration, cancellationToken);
    }

    private async Task<Rate> SessionsAsync(
        Contestant muster, Work work, Func<long, IMessage> request, CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(muster.Server.EndPoint, Callers, cancellationToken);
        var open = new SessionRequest { RequestId = 1, Open = new Open { TtlMs = TtlSeconds * 1000 } };
        return await Meter.MeasureAsync(
            () => fleet.ConverseAsync(
                RegistryMethods.Session.FullName, _ => new Conversation(open, request, Outstanding, work, CheckSession)),
            work, muster.Server, plan.Duration, cancellationToken);
    }

    private async Task<Rate> KeepAlivesAsync(Contestant etcd, long[] leases, CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(etcd.Server.EndPoint, Callers, cancellationToken);
        var work = Work.Endless(n => n);
        return await Meter.MeasureAsync(
            () => fleet.ConverseAsync(
                EtcdMethods.LeaseKeepAlive.FullName,
                i =>
                {
                    var keepAlive = new LeaseKeepAliveRequest { ID = leases[i] };
                    return new Conversation(keepAlive, _ => keepAlive, Outstanding, work, CheckKeepAlive);
                }),
            work, etcd.Server, plan.Duration, cancellationToken);
    }

    private async Task<Rate> PutsAsync(Contestant etcd, Work work, CancellationToken cancellationToken)
    {
        var leases = await etcd.FillAsync(Callers, TtlSeconds, cancellationToken);
        await using var fleet = await Fleet.ConnectAsync(etcd.Server.EndPoint, Callers, cancellationToken);
        var caller = 0;
        return await Meter.MeasureAsync(
            () => fleet.CallAsync(Outstanding, () => new EtcdPut(leases[caller++ / Outstanding]), work),
            work, etcd.Server, plan.Duration, cancellationToken);
    }

    private static void CheckSession(ReadOnlySpan<byte> message)
    {
        const int FaultField = 9;
        if (Http2.WireFields.Has(message, FaultField))
        {
            throw new InvalidDataException(SessionResponse.Parser.ParseFrom(message).ToString());
        }
    }

    private static void CheckKeepAlive(ReadOnlySpan<byte> message)
    {
        const int TtlField = 3;
        if (!Http2.WireFields.Has(message, TtlField))
        {
            throw new InvalidDataException("etcd says that the lease has ended");
        }
    }

    private sealed class Numbers
    {
        private long _last = -1;

        public long Next() => Interlocked.Increment(ref _last);
    }
}
