using Muster.Core.Model;
using Muster.Registry;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>An operator with the command line: holds instances out, lets them in, removes them.</summary>
internal sealed class SimOperator(World world, SimRegistry registry, SimProcess nature)
{
    private readonly SimLink _link = new(world, nature);

    public void SetIntent(InstanceKey instance, Intent intent) =>
        Ask(OperationKind.Hold, instance, async node => Revision(await node.Operators.SetIntentAsync(instance, intent, "op", default)));

    public void Remove(InstanceKey instance) =>
        Ask(OperationKind.Remove, instance, async node => Revision(await node.Operators.RemoveAsync(instance, "op", "", default)));

    private static Revision? Revision(Answer<IntentSet> answer) => answer.TryGet(out var set, out _) ? set.Revision : null;

    private static Revision? Revision(Answer<Revision> answer) => answer.Refusal is null ? answer.Value : null;

    private void Ask(OperationKind kind, InstanceKey instance, Func<SimNode, Task<Revision?>> ask)
    {
        if (registry.Node is not { } node)
        {
            return;
        }

        var operation = world.NextOperation();
        world.Record(new HistoryEvent.Invoked(world.Now, operation, kind, instance, LeaseId.None));
        world.At(node.Process, world.Now + _link.Delay(), _link, () => _ = AnswerAsync());

        async Task AnswerAsync()
        {
            try
            {
                var storeId = node.Feed.Current.StoreId;
                if (await ask(node) is { } revision)
                {
                    world.At(nature, world.Now + _link.Delay(), _link, () =>
                        world.Record(new HistoryEvent.Acknowledged(world.Now, operation, storeId, revision)));
                }
            }
            catch (Exception e)
            {
                world.Fail(e);
            }
        }
    }
}
