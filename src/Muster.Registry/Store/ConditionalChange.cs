using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>A change with the condition it is made on.</summary>
/// <param name="Change">The change.</param>
/// <param name="Expected">The revision that its record must have; <see cref="Revision.None"/>: it must not exist; null: any, or
/// none. An instance is put only if its id is held at no other address of the service, whatever is expected.</param>
public readonly record struct ConditionalChange(RecordChange Change, Revision? Expected);
