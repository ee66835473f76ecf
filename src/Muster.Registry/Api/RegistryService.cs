using Google.Protobuf;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;

namespace Muster.Registry.Api;

/// <summary><c>muster.v1.Registry</c>: binds each method to the class that answers it.</summary>
internal sealed class RegistryService(
    InstanceCalls instances, ListCalls lists, RemoveCalls removes, GuardCalls guard, HistoryCalls history, CallTotalsCalls totals,
    BackupCalls backups, WatchCalls watches, SessionCalls sessions)
    : IGrpcService
{
    public void Bind(GrpcServiceBinder binder)
    {
        Unary(RegistryMethods.Register, instances.RegisterAsync);
        Unary(RegistryMethods.KeepAlive, instances.KeepAliveAsync);
        Unary(RegistryMethods.Deregister, instances.DeregisterAsync);
        Unary(RegistryMethods.SetIntent, instances.SetIntentAsync);
        Unary(RegistryMethods.ListServices, lists.ListServicesAsync);
        binder.UnaryEncoded(RegistryMethods.ListInstances, (request, context) =>
            lists.ListInstancesEncodedAsync(request, ApiCaller.Of(context)));
        Unary(RegistryMethods.Remove, removes.RemoveAsync);
        Unary(RegistryMethods.ListRemovals, history.ListRemovalsAsync);
        Unary(RegistryMethods.ExplainInstance, history.ExplainInstanceAsync);
        Unary(RegistryMethods.ListCallTotals, totals.ListAsync);
        Unary(RegistryMethods.Guard, guard.GuardAsync);
        binder.ServerStreaming(RegistryMethods.Backup, backups.BackupAsync);
        binder.ClientStreaming(RegistryMethods.Restore, backups.RestoreAsync);
        binder.Duplex(RegistryMethods.Watch, watches.WatchAsync);
        binder.ServerStreaming(RegistryMethods.WatchService, (request, responses, context) =>
            watches.WatchServiceAsync(request, responses, ApiCaller.Of(context)));
        binder.Duplex(RegistryMethods.Session, sessions.SessionAsync);

        void Unary<TRequest, TResponse>(GrpcMethod<TRequest, TResponse> method, Func<TRequest, ApiCaller, Task<TResponse>> call)
            where TRequest : class, IMessage<TRequest>
            where TResponse : class, IMessage<TResponse> =>
            binder.Unary(method, (request, context) => call(request, ApiCaller.Of(context)));
    }
}
