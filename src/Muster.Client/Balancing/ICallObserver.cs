namespace Muster.Client.Balancing;

/// <summary>Hears of picks and of how attempts end.</summary>
public interface ICallObserver
{
    /// <summary>An instance was chosen; the attempt starts now.</summary>
    void OnPicked(string service, string instanceId);

    /// <summary>An attempt ended.</summary>
    void OnCompleted(AttemptOutcome outcome);
}
