namespace Muster.AspNetCore;

/// <summary>How a request ended, as far as that says something of this app.</summary>
internal enum RequestEnd
{
    /// <summary>It was answered; also with "not found" and the like, which are about the request.</summary>
    Answered,

    /// <summary>The app failed. That it was quick about it makes it no fast app.</summary>
    Failed,

    /// <summary>The app had no room for it, and said so at once.</summary>
    TurnedAway,

    /// <summary>The caller left, or its deadline passed: it would have taken longer than it did.</summary>
    GivenUp,
}
