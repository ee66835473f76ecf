using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Muster.Protocol;

namespace Muster.Client.Tests.Http;

/// <summary>The network, with an eye on the streams of load reports: a test may wait until the client has taken in a report.</summary>
internal sealed class WatchedReports
{
    private const int PrefixBytes = 5;

    private readonly ConcurrentDictionary<(int Port, int Count), TaskCompletionSource> _taken = new();

    public HttpMessageHandler Connect(string host, int port) => new Transport(this, host, port);

    /// <summary>Completes when the client has taken in so many reports of the instance at a port.</summary>
    public Task TakenAsync(int port, int count) => Taken(port, count).Task.InTime();

    private TaskCompletionSource Taken(int port, int count) =>
        _taken.GetOrAdd((port, count), static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed class Transport(WatchedReports watched, string host, int port) : DelegatingHandler(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (request.RequestUri!.AbsolutePath == OrcaMethods.StreamCoreMetrics.FullName)
            {
                var content = response.Content;
                var body = new Body(await content.ReadAsStreamAsync(cancellationToken), count => watched.Taken(port, count).TrySetResult());
                response.Content = new StreamContent(body);
                foreach (var (name, values) in content.Headers.NonValidated)
                {
                    response.Content.Headers.TryAddWithoutValidation(name, values);
                }
            }

            return response;
        }
    }

    /// <summary>A body whose reader has done with each whole message by the time that it asks for more.</summary>
    private sealed class Body(Stream inner, Action<int> onTaken) : Stream
    {
        private readonly List<byte> _read = [];
        private int _frames;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_read.Count >= PrefixBytes
                && BinaryPrimitives.ReadInt32BigEndian([.. _read[1..PrefixBytes]]) is var length && _read.Count >= PrefixBytes + length)
            {
                _read.RemoveRange(0, PrefixBytes + length);
                _frames++;
            }

            if (_read.Count == 0 && _frames > 0)
            {
                onTaken(_frames);
            }

            var count = await inner.ReadAsync(buffer, cancellationToken);
            _read.AddRange(buffer.Span[..count]);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
