using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace Muster.Registry.Api.Http;

/// <summary>One call of the HTTP API: a gRPC method with a path.</summary>
/// <param name="Verb">The HTTP method.</param>
/// <param name="Pattern">The path; its parameters are fields of the request message.</param>
/// <param name="Summary">What it does, in a sentence, for the OpenAPI document.</param>
/// <param name="Request">The request message: the JSON body, with path and query on top.</param>
/// <param name="Response">The response message.</param>
/// <param name="RunAsync">Reads the request, calls, and returns the response.</param>
internal sealed record JsonRoute(
    string Verb, string Pattern, string Summary, MessageDescriptor Request, MessageDescriptor Response,
    Func<HttpContext, Task<IMessage>> RunAsync)
{
    /// <summary>The names of the path's parameters.</summary>
    public IEnumerable<string> PathParameters =>
        Pattern.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..^1]);

    /// <summary>Whether the request may have a body.</summary>
    public bool HasBody => Verb == HttpMethods.Post;

    public static JsonRoute Of<TRequest, TResponse>(
        string verb, string pattern, string summary, MessageParser<TRequest> request, MessageDescriptor response,
        Func<TRequest, ApiCaller, Task<TResponse>> call)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse> => new(
            verb, pattern, summary, new TRequest().Descriptor, response,
            async http => await call(await JsonRequests.ReadAsync(http, request), ApiCaller.Of(http)));
}
