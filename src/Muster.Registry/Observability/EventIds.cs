namespace Muster.Registry;

/// <summary>Every log event of the registry by number; <c>docs/reference/log-events.md</c> explains them.</summary>
internal static class EventIds
{
    public const int CatalogLoaded = 1001;
    public const int StoreWriteFailed = 1002;
    public const int CatalogReplaced = 1003;
    public const int RestoreAsked = 1004;
    public const int LeaseExpired = 1101;
    public const int LeaseExpiryFailed = 1102;
    public const int SessionOpened = 1103;
    public const int SessionLost = 1104;
    public const int SessionRequestFailed = 1105;
    public const int Stalled = 1106;
    public const int GuardBegan = 1107;
    public const int GuardRecovered = 1108;
    public const int GuardReleased = 1109;
    public const int InstanceDamped = 1110;
    public const int InstanceDampedNoMore = 1111;
    public const int LeasesExpired = 1112;
    public const int InstanceRegistered = 1201;
    public const int InstanceRemoved = 1202;
    public const int InstanceRemovedByOperator = 1203;
    public const int IntentChanged = 1204;
    public const int InstanceHeld = 1205;
    public const int CheckPassed = 1401;
    public const int CheckFailed = 1402;
    public const int CheckRemoved = 1403;
    public const int CheckRemovalFailed = 1404;
    public const int ListenAnyWithoutCredentials = 1301;
}
