using Muster.Grpc.AspNetCore;
using Muster.Protocol;

namespace Muster.Registry.Api;

/// <summary><c>muster.v1.Registry</c>: binds each method to the class that answers it.</summary>
internal sealed class RegistryService(
    InstanceCalls instances, ListCalls lists, RemoveCalls removes, GuardCalls guard, HistoryCalls history, BackupCalls backups,
    WatchCalls watches, SessionCalls sessions)
    : IGrpcService
{
    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(RegistryMethods.Register, (request, context) => instances.RegisterAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.KeepAlive, (request, context) => instances.KeepAliveAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.Deregister, (request, context) => instances.DeregisterAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.SetIntent, (request, context) => instances.SetIntentAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.ListServices, (request, context) => lists.ListServicesAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.ListInstances, (request, context) => lists.ListInstancesAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.Remove, (request, context) => removes.RemoveAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.ListRemovals, (request, context) => history.ListRemovalsAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.ExplainInstance, (request, context) => history.ExplainInstanceAsync(request, ApiCaller.Of(context)));
        binder.Unary(RegistryMethods.Guard, (request, context) => guard.GuardAsync(request, ApiCaller.Of(context)));
        binder.ServerStreaming(RegistryMethods.Backup, backups.BackupAsync);
        binder.ClientStreaming(RegistryMethods.Restore, backups.RestoreAsync);
        binder.Duplex(RegistryMethods.Watch, watches.WatchAsync);
        binder.ServerStreaming(RegistryMethods.WatchService, (request, responses, context) =>
            watches.WatchServiceAsync(request, responses, ApiCaller.Of(context)));
        binder.Duplex(RegistryMethods.Session, sessions.SessionAsync);
    }
}
