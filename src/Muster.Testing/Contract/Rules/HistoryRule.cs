namespace Muster.Testing.Contract.Rules;

/// <summary>One promise, held against each event after the ledger has taken it in.</summary>
internal abstract class HistoryRule(string name)
{
    public string Name => name;

    /// <summary>Judges an event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="ledger">What is known up to it, the event included.</param>
    /// <param name="broken">Takes what was broken by it.</param>
    public abstract void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken);
}
