using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>A change with the condition it is made on.</summary>
/// <param name="Change">The change.</param>
/// <param name="Expected">The revision that its record must have; <see cref="Revision.None"/>: it must not exist; null: any, or
/// none. Whatever is expected: an instance is put only if its id is held at no other address of the service and its lease exists, and
/// with the intent that an operator holds for it; a lease is removed only if it holds no instance. So no instance is ever without a
/// lease that can end it, and none escapes its operator by registering at the same moment.</param>
public readonly record struct ConditionalChange(RecordChange Change, Revision? Expected);
