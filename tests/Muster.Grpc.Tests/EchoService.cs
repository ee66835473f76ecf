using Muster.Grpc.AspNetCore;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>The test service. Each method echoes unless the test gives it another behaviour.</summary>
internal sealed class EchoService : IGrpcService
{
    public Func<Note, GrpcServerContext, Task<Note>> Unary { get; set; } = (note, _) => Task.FromResult(note);

    public Func<IRequestReader<Note>, GrpcServerContext, Task<Note>> Collect { get; set; } = async (notes, _) =>
    {
        var sum = new Note();
        await foreach (var note in notes.ReadAllAsync())
        {
            sum.Text += note.Text;
            sum.Number += note.Number;
        }

        return sum;
    };

    public Func<Note, IResponseWriter<Note>, GrpcServerContext, Task> Expand { get; set; } = async (note, notes, _) =>
    {
        for (var i = 0; i < note.Number; i++)
        {
            await notes.WriteAsync(new Note { Text = note.Text, Number = i });
        }
    };

    public Func<IRequestReader<Note>, IResponseWriter<Note>, GrpcServerContext, Task> Chat { get; set; } = EchoAsync;

    /// <summary>The handlers that have not returned.</summary>
    public Gauge Running { get; } = new();

    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(EchoMethods.Unary, (note, context) => Running.DuringAsync(() => Unary(note, context)));
        binder.ClientStreaming(
            EchoMethods.Collect, (notes, context) => Running.DuringAsync(() => Collect(notes, context)));
        binder.ServerStreaming(
            EchoMethods.Expand, (note, notes, context) => Running.DuringAsync(() => Expand(note, notes, context)));
        binder.Duplex(
            EchoMethods.Chat, (notes, replies, context) => Running.DuringAsync(() => Chat(notes, replies, context)));
    }

    private static async Task EchoAsync(
        IRequestReader<Note> notes, IResponseWriter<Note> replies, GrpcServerContext context)
    {
        await foreach (var note in notes.ReadAllAsync())
        {
            await replies.WriteAsync(note);
        }
    }
}
