namespace Muster.Registry;

/// <summary>The kinds of refusal.</summary>
internal enum RefusalReason
{
    /// <summary>The request is wrong in itself.</summary>
    Invalid,

    /// <summary>What it names is not there.</summary>
    NotFound,

    /// <summary>A living instance holds the address or the id.</summary>
    AlreadyExists,

    /// <summary>The lease does not hold what the request is about.</summary>
    Precondition,

    /// <summary>A limit is reached.</summary>
    Exhausted,

    /// <summary>Others kept changing the same record; a retry may help.</summary>
    Conflict,

    /// <summary>The registry cannot answer now; retry.</summary>
    Unavailable,
}
