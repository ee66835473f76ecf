namespace Muster.Client;

/// <summary>The log events of this library, in one place; <c>docs/reference/log-events.md</c> explains them.</summary>
internal static class LogEventIds
{
    public const int Connected = 2001;
    public const int Disconnected = 2002;
    public const int LoopDied = 2003;
    public const int SubscriptionRefused = 2011;
    public const int InstanceDropped = 2012;
    public const int WatchHandlerFailed = 2013;
    public const int KeptInstancesUsed = 2014;
    public const int KeptInstancesIgnored = 2015;
    public const int InstancesNotKept = 2016;
    public const int InstancesTooLarge = 2017;
    public const int StatisticsRefused = 2018;
    public const int Registered = 2021;
    public const int RegistrationRetried = 2022;
    public const int RegistrationEnded = 2023;
    public const int RegistrationHandlerFailed = 2024;
    public const int DrainRequested = 2025;
    public const int SessionRefused = 2026;
    public const int ReportFailed = 2027;
    public const int Deregistered = 2028;
    public const int DrainUnheard = 2029;
    public const int InstanceSetAside = 2031;
    public const int InstanceCameBack = 2032;
    public const int AttemptRetried = 2033;
    public const int ObserverFailed = 2034;
    public const int InstanceEjected = 2035;
    public const int Picked = 2036;
    public const int ShadowFailed = 2037;
    public const int PanicBegan = 2038;
    public const int PanicEnded = 2039;
    public const int RetryBudgetSpent = 2041;
    public const int ReportsDoubted = 2042;
}
