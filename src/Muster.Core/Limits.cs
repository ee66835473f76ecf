namespace Muster.Core;

/// <summary>Every bound and default of the product, in one place. <c>docs/reference/limits.md</c> quotes them.</summary>
public static partial class Limits
{
    /// <summary>Longest namespace and service name, in characters: a DNS label's length, so that both can become one.</summary>
    public const int NameCharsMax = 63;

    /// <summary>Longest instance id, in characters.</summary>
    public const int InstanceIdCharsMax = 128;

    /// <summary>Longest host name, in characters (RFC 1035 §2.3.4: 255 octets on the wire, 253 written).</summary>
    public const int HostCharsMax = 253;

    /// <summary>Endpoints of one instance.</summary>
    public const int EndpointsMax = 8;

    /// <summary>Smallest weight. Zero is refused: an instance is taken out by its intent, not by its weight.</summary>
    public const int WeightMin = 1;

    /// <summary>Largest weight.</summary>
    public const int WeightMax = 10_000;

    /// <summary>The weight of an instance that names none.</summary>
    public const int WeightDefault = 1;

    /// <summary>Longest zone name, in characters.</summary>
    public const int ZoneCharsMax = 63;

    /// <summary>Metadata entries of one instance.</summary>
    public const int MetadataEntriesMax = 64;

    /// <summary>Longest metadata key, in UTF-8 bytes.</summary>
    public const int MetadataKeyBytesMax = 128;

    /// <summary>Longest metadata value, in UTF-8 bytes.</summary>
    public const int MetadataValueBytesMax = 1024;

    /// <summary>All metadata of one instance, keys and values, in UTF-8 bytes.</summary>
    public const int MetadataBytesMax = 8 * 1024;

    /// <summary>Longest selector, in characters.</summary>
    public const int SelectorCharsMax = 1024;

    /// <summary>Longest name that a provider gives itself in a session, in characters.</summary>
    public const int ClientNameCharsMax = 128;

    /// <summary>Named metrics of one load report.</summary>
    public const int NamedMetricsMax = 32;

    /// <summary>Largest figure a load report may carry; above it the sender is broken, not busy.</summary>
    public const double LoadFigureMax = 1e9;

    /// <summary>Requests in flight that an instance may report. Above it they are no load but a mistake, which would outweigh in the mean what
    /// all others say.</summary>
    public const double ReportedInFlightMax = 1e6;

    /// <summary>Largest utilisation a load report may carry. Above 1 is legal (a quota can be overrun), 100 is not real.</summary>
    public const double UtilizationMax = 100;

    /// <summary>Instances in one registry. With the most metadata that is allowed, 10 GB; as they usually are, 1 GB.</summary>
    public const int InstancesMax = 1_000_000;

    /// <summary>Instances of one service.</summary>
    public const int InstancesPerServiceMax = 100_000;

    /// <summary>Services in one registry.</summary>
    public const int ServicesMax = 100_000;

    /// <summary>Bytes of one service's instances that a client keeps on disk: 16 MiB, some 100,000 of the usual size. Of a larger service
    /// nothing is kept.</summary>
    public const int KeptServiceBytesMax = 16 * 1024 * 1024;

    /// <summary>Services that clients keep on disk in one directory; past it those that were written longest ago go.</summary>
    public const int KeptServicesMax = 2048;

    /// <summary>Instances that one lease may hold.</summary>
    public const int InstancesPerLeaseMax = 10_000;

    /// <summary>Leases in one registry: each instance may have one of its own.</summary>
    public const int LeasesMax = InstancesMax;

    /// <summary>Subscriptions on one watch stream.</summary>
    public const int SubscriptionsPerWatchMax = 1024;

    /// <summary>Subscriptions of all watch streams of one node.</summary>
    public const int SubscriptionsMax = 1_000_000;

    /// <summary>Session streams that one node holds, those that have not sent their first request included.</summary>
    public const int SessionsMax = 100_000;

    /// <summary>Watch streams that one node holds: those of gRPC, those of server-sent events, and long polls that wait.</summary>
    public const int WatchesMax = 100_000;

    /// <summary>Connections that one node holds, on both ports: a session and a watch each. A process that may open fewer files holds
    /// nine tenths of what it may. The next one is closed unanswered.</summary>
    public const int ConnectionsMax = SessionsMax + WatchesMax;

    /// <summary>Requests in flight on one HTTP/2 connection, streams included: a client waits for one to end before it sends the
    /// next. Many watchers and sessions may share a connection through a proxy.</summary>
    public const int RequestsPerConnectionMax = 1024;

    /// <summary>Largest request message, in bytes: 4 MiB, as gRPC has it everywhere. A JSON body has the same bound.</summary>
    public const int MessageBytesMax = 4 * 1024 * 1024;

    /// <summary>Announcements that wait in one session stream for its provider to read; past it the stream is ended. When it opens it
    /// may hear of all that is final.</summary>
    public const int SessionAnnouncementsMax = FinalAnswersMax + InstancesPerLeaseMax;

    /// <summary>Distinct instances with an undelivered change in one subscription; past it the watcher gets a new
    /// snapshot. A change is about 300 bytes shared by all watchers, so the queue itself costs at most some 100 KiB.</summary>
    public const int WatcherQueueEventsMax = 1024;

    /// <summary>Instances in one part of a snapshot: 256 of up to 10 KiB stay under the 4 MiB message limit.</summary>
    public const int SnapshotPartInstancesMax = 256;

    /// <summary>Recent events that the catalog keeps for resuming watches.</summary>
    public const int EventRingLength = 16_384;

    /// <summary>Requests in one session stream whose answers are not written yet; the reader stops reading beyond it, so who does not
    /// read its answers is not heard.</summary>
    public const int SessionRequestsInFlightMax = 256;

    /// <summary>Changes in one commit.</summary>
    public const int CommitChangesMax = 1024;

    /// <summary>Removals that are remembered of one service; past it the oldest go. So a service that flaps does not push out the
    /// history of the others.</summary>
    public const int RemovalsPerServiceMax = 1000;

    /// <summary>Removals that are remembered in all; past it the oldest go. Some 750 bytes each in memory and 330 in the file, so at most
    /// about 40 MB and 17 MB.</summary>
    public const int RemovalsMax = 50_000;

    /// <summary>Removals in one answer.</summary>
    public const int RemovalsPerAnswerMax = 1000;

    /// <summary>Removals in an answer to who does not say how many.</summary>
    public const int RemovalsPerAnswerDefault = 100;

    /// <summary>Longest reason that an operator gives, in characters.</summary>
    public const int OperatorReasonCharsMax = 256;

    /// <summary>Longest name that an operator gives for himself, in characters.</summary>
    public const int OperatorNameCharsMax = 128;

    /// <summary>Instances that operators hold out or draining, listed or not; past it the next one is refused until one is put
    /// back in.</summary>
    public const int HoldsMax = 10_000;

    /// <summary>Instances whose provider is told, when it comes back, that they were superseded or removed for good; past it the oldest
    /// are forgotten.</summary>
    public const int FinalAnswersMax = 20_000;

    /// <summary>Drains that one node waits for at a time; those beyond are announced, and answered without waiting.</summary>
    public const int DrainsMax = 1024;

    /// <summary>Watchers that are named in the answer to a drain; beyond it they are only counted.</summary>
    public const int DrainWatchersNamedMax = 100;

    /// <summary>Instances of which one watch stream sends call statistics; past it a new one is refused.</summary>
    public const int CallEntriesPerWatchMax = 10_000;

    /// <summary>Pairs of a watch stream and an instance of which one node keeps call statistics; past it a new one is refused. Some 200
    /// bytes each, so at most some 200 MB; ten thousand callers of a hundred instances each.</summary>
    public const int CallEntriesMax = 1_000_000;

    /// <summary>Calls in one call statistic; above it the sender is broken, not busy.</summary>
    public const int CallsPerReportMax = 1_000_000_000;

    /// <summary>Longest reason that a caller gives for the state of a breaker, in characters.</summary>
    public const int BreakerReasonCharsMax = 256;

    /// <summary>Instances in one answer about calls.</summary>
    public const int CallTotalsPerAnswerMax = 1000;

    /// <summary>Instances in an answer about calls to who does not say how many.</summary>
    public const int CallTotalsPerAnswerDefault = 100;

    /// <summary>Callers with a tripped breaker that are named for one instance; beyond it they are only counted.</summary>
    public const int CallersNamedMax = 20;

    /// <summary>Call statistics that a client sends at a time for one service; the others follow the next time, in turn.</summary>
    public const int CallReportsPerBurstMax = 256;

    /// <summary>Largest backup that can be restored, in bytes: 2 GiB. A million instances of 300 bytes take some 600 MB.</summary>
    public const long BackupBytesMax = 2L * 1024 * 1024 * 1024;

    /// <summary>Bytes in one message of a backup: 256 KiB, well under the 4 MiB message limit.</summary>
    public const int BackupPartBytes = 256 * 1024;

    /// <summary>Instances with an active check in one registry; past it the next one is refused. At the default interval they are
    /// 1,000 probes a second.</summary>
    public const int ChecksMax = 10_000;

    /// <summary>Probes of active checks that run at a time, each with one socket; those beyond wait for their turn. Ten thousand
    /// targets that all hang, with the default timeout, are then probed every 40 s instead of every 10 s.</summary>
    public const int CheckProbesMax = 512;

    /// <summary>Host names that are looked up for active checks at a time. A look-up cannot be cancelled, so those that hang keep
    /// their place until the system's resolver gives up.</summary>
    public const int CheckLookupsMax = 16;

    /// <summary>Addresses of one host name that a probe tries.</summary>
    public const int CheckAddressesMax = 4;

    /// <summary>Losses of an instance within <see cref="FlapWindow"/> that make it flap.</summary>
    public const int FlapLossesMax = 5;

    /// <summary>Addresses whose losses are remembered; some 200 bytes each.</summary>
    public const int FlapsMax = 10_000;

    /// <summary>Longest path of an HTTP check, in characters.</summary>
    public const int CheckPathCharsMax = 512;

    /// <summary>Longest service name of a gRPC check, in characters.</summary>
    public const int CheckServiceCharsMax = 256;

    /// <summary>Headers that a probe reads of an answer, in KiB. The body of an HTTP answer is not read at all.</summary>
    public const int CheckHeaderKibMax = 16;

    /// <summary>Largest message that a gRPC check reads, in bytes; a health answer has 2.</summary>
    public const int CheckMessageBytesMax = 1024;

    /// <summary>Longest sentence that is kept of a probe's outcome, in characters.</summary>
    public const int CheckDetailCharsMax = 160;

    /// <summary>Largest number of results in a row that a check may want before it changes its mind.</summary>
    public const int CheckThresholdMax = 10;

    /// <summary>Successes in a row that make an UNHEALTHY instance HEALTHY, where the check names none.</summary>
    public const int CheckRiseDefault = 2;

    /// <summary>Failures in a row that make a HEALTHY instance UNHEALTHY, where the check names none.</summary>
    public const int CheckFallDefault = 3;

    /// <summary>Streams of load reports out of band that a web app may be configured to serve at a time.</summary>
    public const int OutOfBandStreamsMax = 100_000;

    /// <summary>Streams of load reports out of band that a web app serves at a time. Each caller process has one, and costs a report of
    /// some 100 bytes per second.</summary>
    public const int OutOfBandStreamsDefault = 1000;

    /// <summary>How long a connection may be open before its first request begins. A client that opens one has something to
    /// say.</summary>
    public static readonly TimeSpan FirstBytesWaitMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a session stream may be open before its first request.</summary>
    public static readonly TimeSpan SessionOpenWaitMax = TimeSpan.FromSeconds(10);

    /// <summary>How long one part of a backup may take on its way, in either direction: who is silent for longer would keep everybody
    /// else from backup and restore.</summary>
    public static readonly TimeSpan BackupSilenceMax = TimeSpan.FromSeconds(30);

    /// <summary>Shortest lease.</summary>
    public static readonly TimeSpan TtlMin = TimeSpan.FromSeconds(1);

    /// <summary>Longest lease.</summary>
    public static readonly TimeSpan TtlMax = TimeSpan.FromMinutes(10);

    /// <summary>The lease of a provider that names none.</summary>
    public static readonly TimeSpan TtlDefault = TimeSpan.FromSeconds(10);

    /// <summary>How long a read waits for <c>min_revision</c>, and a resumed watch for a node that is behind.</summary>
    public static readonly TimeSpan RevisionWaitMax = TimeSpan.FromSeconds(5);

    /// <summary>How long a service without instances stays known.</summary>
    public static readonly TimeSpan KnownServiceRetention = TimeSpan.FromHours(1);

    /// <summary>How long a consumer goes on with instances that a new store does not list. A registry that lost its records comes
    /// back empty; its providers are back within their longest back-off of 20 s, and some seconds.</summary>
    public static readonly TimeSpan ForeignStoreGrace = TimeSpan.FromSeconds(30);

    /// <summary>How often load reports go to the watchers that asked for them.</summary>
    public static readonly TimeSpan LoadInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a client sends call statistics of one service, if they changed.</summary>
    public static readonly TimeSpan CallReportInterval = TimeSpan.FromSeconds(5);

    /// <summary>How often a client sends changes of its breakers of one service: at once, but for a breaker that flutters.</summary>
    public static readonly TimeSpan BreakerReportInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a client sends no call statistics of a service after the registry refused one.</summary>
    public static readonly TimeSpan CallReportPause = TimeSpan.FromMinutes(1);

    /// <summary>Recent calls are those of the running period of this length and of the one before.</summary>
    public static readonly TimeSpan CallPeriod = TimeSpan.FromSeconds(30);

    /// <summary>Longest time until a breaker's next trial.</summary>
    public static readonly TimeSpan BreakerTrialMax = TimeSpan.FromHours(1);

    /// <summary>How long a drain waits at most for the watchers to acknowledge. A picker is swapped some milliseconds after the
    /// announcement; who is silent for this long has stalled.</summary>
    public static readonly TimeSpan DrainPatienceMax = TimeSpan.FromSeconds(5);

    /// <summary>How long the mass-expiry guard holds a lease back at most, in TTLs of that lease, counted from the moment its TTL
    /// ran out.</summary>
    public const int GuardTtlsMax = 10;

    /// <summary>How much later than its TTL an instance leaves at most, where neither guard, stall, restart nor outage holds it: a
    /// timer and a count of the guard, some hundred milliseconds together, and the commit on a disk that is slow.</summary>
    public static readonly TimeSpan ExpiryLagMax = TimeSpan.FromSeconds(1);

    /// <summary>How often the mass-expiry guard counts who is silent, while somebody is.</summary>
    public static readonly TimeSpan GuardInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a node looks whether it stood still.</summary>
    public static readonly TimeSpan StallCheckInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>A node that found no time to look for so long stood still: every lease then gets one full TTL.</summary>
    public static readonly TimeSpan StallMin = TimeSpan.FromMilliseconds(700);

    /// <summary>How long a provider has to answer a ping before who registers its address takes it over. A living one answers within a
    /// round trip; half a second leaves room for a busy machine, and a restarted process waits no longer than that.</summary>
    public static readonly TimeSpan PingPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>The time within which losses of an instance count together.</summary>
    public static readonly TimeSpan FlapWindow = TimeSpan.FromSeconds(60);

    /// <summary>How long an instance that flaps is kept DEGRADED the first time; twice as long each time after.</summary>
    public static readonly TimeSpan FlapDampMin = TimeSpan.FromSeconds(30);

    /// <summary>How long an instance that flaps is kept DEGRADED at most.</summary>
    public static readonly TimeSpan FlapDampMax = TimeSpan.FromMinutes(10);

    /// <summary>An instance that was not lost for so long has never flapped.</summary>
    public static readonly TimeSpan FlapMemory = TimeSpan.FromMinutes(30);

    /// <summary>Shortest interval of an active check.</summary>
    public static readonly TimeSpan CheckIntervalMin = TimeSpan.FromSeconds(1);

    /// <summary>Longest interval of an active check.</summary>
    public static readonly TimeSpan CheckIntervalMax = TimeSpan.FromMinutes(10);

    /// <summary>The interval of a check that names none.</summary>
    public static readonly TimeSpan CheckIntervalDefault = TimeSpan.FromSeconds(10);

    /// <summary>Shortest timeout of a probe.</summary>
    public static readonly TimeSpan CheckTimeoutMin = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest timeout of a probe; never more than its interval.</summary>
    public static readonly TimeSpan CheckTimeoutMax = TimeSpan.FromMinutes(1);

    /// <summary>The timeout of a check that names none; its interval, where that is shorter.</summary>
    public static readonly TimeSpan CheckTimeoutDefault = TimeSpan.FromSeconds(2);

    /// <summary>Shortest time of failures after which a check may remove its instance.</summary>
    public static readonly TimeSpan CheckRemoveAfterMin = TimeSpan.FromSeconds(10);

    /// <summary>Longest time of failures after which a check may remove its instance.</summary>
    public static readonly TimeSpan CheckRemoveAfterMax = TimeSpan.FromDays(30);

    /// <summary>The first probe of an instance that was just registered comes within this time.</summary>
    public static readonly TimeSpan CheckFirstDelayMax = TimeSpan.FromMilliseconds(500);

    /// <summary>The first probes of instances that were found at a start are spread over their interval, and over this at most: no
    /// storm of probes, and no long time without a status.</summary>
    public static readonly TimeSpan CheckSpreadMax = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time for which a latency counts in a web app's load report.</summary>
    public static readonly TimeSpan LatencyWindowMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest time for which a latency counts in a web app's load report.</summary>
    public static readonly TimeSpan LatencyWindowMax = TimeSpan.FromMinutes(1);

    /// <summary>For how long a latency counts in a web app's load report. Callers avoid who reports a high one, so it has to be forgotten
    /// within seconds; and an app that gets one request per second still has three.</summary>
    public static readonly TimeSpan LatencyWindowDefault = TimeSpan.FromSeconds(3);

    /// <summary>Shortest interval of load reports out of band that a web app may be configured to allow.</summary>
    public static readonly TimeSpan OutOfBandIntervalMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest interval of load reports out of band; a longer wish is cut to it.</summary>
    public static readonly TimeSpan OutOfBandIntervalMax = TimeSpan.FromMinutes(10);

    /// <summary>Shortest interval of load reports out of band. Others allow 30 s and more by default, and so refuse the 10 s that gRPC
    /// clients ask for; a report per second and caller costs nothing that shows.</summary>
    public static readonly TimeSpan OutOfBandIntervalDefault = TimeSpan.FromSeconds(1);

    /// <summary>Shortest age at which a web app may be configured to close connections.</summary>
    public static readonly TimeSpan ConnectionAgeMin = TimeSpan.FromSeconds(1);

    /// <summary>Longest age at which a web app may be configured to close connections.</summary>
    public static readonly TimeSpan ConnectionAgeMax = TimeSpan.FromHours(24);

    /// <summary>The age at which connections to a web app close, where it lets them age: callers find instances that came since
    /// within that time, and make 100 new connections per minute for every 1,000 they hold.</summary>
    public static readonly TimeSpan ConnectionAgeDefault = TimeSpan.FromMinutes(10);

    /// <summary>Shortest time that an HTTP/2 connection may be given to end what runs on it.</summary>
    public static readonly TimeSpan ConnectionGraceMin = TimeSpan.FromSeconds(1);

    /// <summary>Longest time that an HTTP/2 connection may be given to end what runs on it; none at all has no bound.</summary>
    public static readonly TimeSpan ConnectionGraceMax = TimeSpan.FromHours(1);

    /// <summary>How long requests may run on an HTTP/2 connection that was told to go.</summary>
    public static readonly TimeSpan ConnectionGraceDefault = TimeSpan.FromSeconds(30);
}
