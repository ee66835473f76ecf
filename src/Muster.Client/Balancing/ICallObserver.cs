namespace Muster.Client.Balancing;

/// <summary>Hears of picks and of how attempts end.</summary>
public interface ICallObserver
{
    /// <summary>An instance was chosen; the attempt starts now.</summary>
    void OnPicked(string service, string instanceId);

    /// <summary>The shadow policy was asked whom it would have picked.</summary>
    /// <param name="service">The service.</param>
    /// <param name="instanceId">The instance that was picked.</param>
    /// <param name="shadowInstanceId">The instance that it would have picked; null if none.</param>
    void OnShadowPicked(string service, string instanceId, string? shadowInstanceId)
    {
    }

    /// <summary>An attempt ended.</summary>
    void OnCompleted(AttemptOutcome outcome);
}
