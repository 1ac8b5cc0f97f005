using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>One application of a schema to a value.</summary>
internal sealed partial class SchemaEvaluator
{
    // A hostile schema can ask for exponential work; honest ones stay far below, in proportion to the value.
    private const long StepsAtLeast = 2_000_000;
    private const long StepsPerByte = 32;

    // Documents stop at 64 unless told otherwise; unwinding from the end of the stack would take seconds.
    private const int MaxDepth = 512;

    private readonly CompiledSchema _schema;
    private readonly int _maxErrors;
    private readonly List<JsonSchemaViolation> _violations = [];
    private readonly List<object> _path = [];
    private readonly List<SchemaResource> _scope = [];
    private readonly List<(SchemaNode Node, int Depth)> _references = [];
    private int _muted;
    private long _stepsLeft;

    public SchemaEvaluator(CompiledSchema schema, int maxErrors)
    {
        _schema = schema;
        _maxErrors = maxErrors;
    }

    private bool IsDone => _muted > 0 || _violations.Count >= _maxErrors;

    public IReadOnlyList<JsonSchemaViolation> Run(JsonElement value)
    {
        _stepsLeft = Budget(value);
        Evaluate(_schema.Root, value, null);
        return _violations;
    }

    public bool Test(JsonElement value)
    {
        _muted = 1;
        _stepsLeft = Budget(value);
        return Evaluate(_schema.Root, value, null);
    }

    private static long Budget(JsonElement value) => StepsAtLeast + (StepsPerByte * JsonMarshal.GetRawUtf8Value(value).Length);

    /// <summary>Applies a node; <paramref name="seen"/> starts empty and is only meaningful when the result is true.</summary>
    private bool Evaluate(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        if (node.Always is bool always)
        {
            return always || Fail("nothing", "no value is allowed here", value);
        }

        if (--_stepsLeft < 0)
        {
            throw new JsonSchemaException("checking against the schema takes too long");
        }

        if (_path.Count > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new JsonSchemaException("the value or the schema is nested too deeply");
        }

        bool scoped = _schema.IsDynamic && (_scope.Count == 0 || _scope[^1] != node.Resource);
        if (scoped)
        {
            _scope.Add(node.Resource);
        }

        if (node.HasUnevaluated)
        {
            seen ??= new EvaluatedSet();
        }

        bool ok = Apply(node, value, seen);
        if (scoped)
        {
            _scope.RemoveAt(_scope.Count - 1);
        }

        return ok;
    }

    private bool Apply(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        if (!CheckValue(node, value))
        {
            // A value of the wrong type says it all; what follows would only repeat it.
            return false;
        }

        bool ok = ApplyReferences(node, value, seen);
        if (!ok && IsDone)
        {
            return false;
        }

        ok &= ApplyCombined(node, value, seen);
        if (!ok && IsDone)
        {
            return false;
        }

        ok &= value.ValueKind switch
        {
            JsonValueKind.Object when node.HasObjectRules => CheckObject(node, value, seen),
            JsonValueKind.Array when node.HasArrayRules => CheckArray(node, value, seen),
            JsonValueKind.String when node.HasStringRules => CheckString(node, value),
            JsonValueKind.Number when node.HasNumberRules => CheckNumber(node, value),
            _ => true,
        };
        return ok;
    }

    private bool ApplyReferences(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        bool ok = node.Ref is null || Follow(node.Ref, value, seen);
        if (node.DynamicRef is not null && (ok || !IsDone))
        {
            ok &= Follow(DynamicTarget(node), value, seen);
        }

        return ok;
    }

    private SchemaNode DynamicTarget(SchemaNode node)
    {
        if (node.DynamicAnchor is not null)
        {
            foreach (SchemaResource resource in _scope)
            {
                if (resource.DynamicAnchors?.GetValueOrDefault(node.DynamicAnchor) is { } place
                    && _schema.DynamicTargets.TryGetValue(place.Key, out SchemaNode? target))
                {
                    return target;
                }
            }
        }

        return node.DynamicRef!;
    }

    private bool Follow(SchemaNode target, JsonElement value, EvaluatedSet? seen)
    {
        int depth = _path.Count;
        for (int i = _references.Count - 1; i >= 0 && _references[i].Depth == depth; i--)
        {
            if (_references[i].Node == target)
            {
                // A schema that only refers to itself says nothing.
                return true;
            }
        }

        _references.Add((target, depth));
        bool ok = InPlace(target, value, seen);
        _references.RemoveAt(_references.Count - 1);
        return ok;
    }

    /// <summary>Applies a schema to the same value and takes over what it has looked at, if it accepted.</summary>
    private bool InPlace(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        if (seen is null)
        {
            return Evaluate(node, value, null);
        }

        var own = new EvaluatedSet();
        if (!Evaluate(node, value, own))
        {
            return false;
        }

        seen.Merge(own);
        return true;
    }

    private bool Silently(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        _muted++;
        bool ok = InPlace(node, value, seen);
        _muted--;
        return ok;
    }

    private bool ApplyCombined(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        bool ok = true;
        foreach (SchemaNode one in node.AllOf ?? [])
        {
            ok &= InPlace(one, value, seen);
            if (!ok && IsDone)
            {
                return false;
            }
        }

        if (node.AnyOf is not null)
        {
            ok &= Matches(node.AnyOf, value, seen, stopAtFirst: seen is null) > 0 || FailAlternatives(node.AnyOf, value);
        }

        if (node.OneOf is not null && (ok || !IsDone))
        {
            int matches = Matches(node.OneOf, value, seen, stopAtFirst: false);
            ok &= matches == 1 || (matches == 0
                ? FailAlternatives(node.OneOf, value)
                : Fail("exactly one of the alternatives", $"fits {matches} alternatives where exactly one is allowed", value));
        }

        if (node.Not is not null && (ok || !IsDone) && Silently(node.Not, value, null))
        {
            string what = Describe(node.Not);
            ok = Fail($"not {what}", $"must not be {what}", value);
        }

        if (node.If is not null && (ok || !IsDone))
        {
            SchemaNode? branch = Silently(node.If, value, seen) ? node.Then : node.Else;
            ok &= branch is null || InPlace(branch, value, seen);
        }

        return ok;
    }

    private int Matches(SchemaNode[] alternatives, JsonElement value, EvaluatedSet? seen, bool stopAtFirst)
    {
        int matches = 0;
        foreach (SchemaNode one in alternatives)
        {
            if (Silently(one, value, seen))
            {
                matches++;
                if (stopAtFirst)
                {
                    break;
                }
            }
        }

        return matches;
    }

    /// <summary>Reports the one alternative meant, where the type of the value says which, else all of them in short.</summary>
    private bool FailAlternatives(SchemaNode[] alternatives, JsonElement value)
    {
        if (IsDone)
        {
            return false;
        }

        SchemaNode? meant = null;
        int candidates = 0;
        foreach (SchemaNode one in alternatives)
        {
            SchemaNode target = Target(one);
            if (target.Always != false && (target.Types == SchemaTypes.None || FitsType(target.Types, value)))
            {
                meant = one;
                candidates++;
            }
        }

        if (candidates == 1 && !Evaluate(meant!, value, null))
        {
            return false;
        }

        string all = string.Join(" or ", alternatives.Take(8).Select(Describe).Distinct(StringComparer.Ordinal));
        return Fail(all, $"expected {all}", value);
    }

    /// <summary>Records a violation; always false, so that callers can return it.</summary>
    private bool Fail(string expected, string message, JsonElement value)
    {
        if (!IsDone)
        {
            string kind = Kind(value);
            _violations.Add(new JsonSchemaViolation(Pointer(), expected, kind, message.StartsWith("expected ", StringComparison.Ordinal) ? $"{message}, got {kind}" : message));
        }

        return false;
    }

    private bool Expect(string expected, JsonElement value) => IsDone ? false : Fail(expected, $"expected {expected}", value);

    private string Pointer()
    {
        string pointer = "";
        foreach (object step in _path)
        {
            pointer = SchemaDocument.Token(pointer, step.ToString() ?? "");
        }

        return pointer;
    }
}
