using Microsoft.AspNetCore.Http;
using Muster.AspNetCore.Connections;

namespace Muster.AspNetCore.Front;

/// <summary>One request on its way through: what the start of its response needs to know. One object for it, as callbacks take one.</summary>
internal sealed class Exchange(RequestFront front, HttpContext context, OpenConnection? connection, RequestStart start)
{
    public RequestFront Front => front;

    public HttpContext Context => context;

    public OpenConnection? Connection => connection;

    /// <summary>Its place in the counts.</summary>
    public RequestStart Start { get; set; } = start;

    /// <summary>Whether it is in the counts no more. A response without a body begins after its handler has returned.</summary>
    public bool HasEnded { get; set; }
}
