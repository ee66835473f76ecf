using Muster.Grpc.AspNetCore;
using Muster.Protocol;

namespace Muster.Registry.Api;

/// <summary><c>muster.v1.Registry</c>: binds each method to the class that answers it.</summary>
internal sealed class RegistryService(
    InstanceCalls instances, ListCalls lists, RemoveCalls removes, HistoryCalls history, BackupCalls backups, WatchCalls watches,
    SessionCalls sessions)
    : IGrpcService
{
    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(RegistryMethods.Register, instances.RegisterAsync);
        binder.Unary(RegistryMethods.KeepAlive, instances.KeepAliveAsync);
        binder.Unary(RegistryMethods.Deregister, instances.DeregisterAsync);
        binder.Unary(RegistryMethods.SetIntent, instances.SetIntentAsync);
        binder.Unary(RegistryMethods.ListServices, lists.ListServicesAsync);
        binder.Unary(RegistryMethods.ListInstances, lists.ListInstancesAsync);
        binder.Unary(RegistryMethods.Remove, removes.RemoveAsync);
        binder.Unary(RegistryMethods.ListRemovals, history.ListRemovalsAsync);
        binder.Unary(RegistryMethods.ExplainInstance, history.ExplainInstanceAsync);
        binder.ServerStreaming(RegistryMethods.Backup, backups.BackupAsync);
        binder.ClientStreaming(RegistryMethods.Restore, backups.RestoreAsync);
        binder.Duplex(RegistryMethods.Watch, watches.WatchAsync);
        binder.ServerStreaming(RegistryMethods.WatchService, watches.WatchServiceAsync);
        binder.Duplex(RegistryMethods.Session, sessions.SessionAsync);
    }
}
