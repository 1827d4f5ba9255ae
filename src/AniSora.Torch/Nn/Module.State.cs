using AniSora.Torch.Modules;

namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            /// <summary>The modules directly below, with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children()
            {
                CheckFields();
                return _childTable.Select(c => (c.Key, c.Value));
            }

            /// <summary>All modules below (not this one), with their dotted names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (childName, child) in named_children())
                {
                    yield return (childName, child);
                    foreach (var (below, module) in child.named_modules())
                        yield return ($"{childName}.{below}", module);
                }
            }

            /// <summary>The modules directly below.</summary>
            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            /// <summary>All modules below (not this one).</summary>
            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>The parameters with their dotted names; one that several modules share comes once, under its first name.</summary>
            /// <param name="recurse">Whether to go into the modules below.</param>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                return Walk(recurse, m => m._parameterTable.Select(p => (p.Key, p.Value))).Where(p => seen.Add(p.part));
            }

            /// <summary>The parameters, as in <see cref="named_parameters"/>.</summary>
            /// <param name="recurse">Whether to go into the modules below.</param>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            /// <summary>The buffers with their dotted names.</summary>
            /// <param name="recurse">Whether to go into the modules below.</param>
            /// <param name="include_nonpersistent">Whether those that stay out of checkpoints come too.</param>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                return Walk(recurse, m => m._bufferTable
                        .Where(b => include_nonpersistent || b.Value.persistent).Select(b => (b.Key, b.Value.tensor)))
                    .Where(b => seen.Add(b.part));
            }

            /// <summary>The buffers, as in <see cref="named_buffers"/>.</summary>
            /// <param name="recurse">Whether to go into the modules below.</param>
            /// <param name="include_nonpersistent">Whether those that stay out of checkpoints come too.</param>
            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            /// <summary>The parameter of that dotted name, or null.</summary>
            /// <param name="target">Such as <c>blocks.0.conv.weight</c>.</param>
            public virtual Parameter? get_parameter(string target) => Owner(target, out var last)?._parameterTable.GetValueOrDefault(last);

            /// <summary>The buffer of that dotted name, or null.</summary>
            /// <param name="target">Such as <c>norm.running_mean</c>.</param>
            public virtual Tensor? get_buffer(string target) => Owner(target, out var last)?._bufferTable.GetValueOrDefault(last).tensor;

            /// <summary>Whether there is a parameter of that dotted name.</summary>
            /// <param name="target">Such as <c>blocks.0.conv.weight</c>.</param>
            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            /// <summary>Whether there is a buffer of that dotted name.</summary>
            /// <param name="target">Such as <c>norm.running_mean</c>.</param>
            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            /// <summary>All parameters and persistent buffers by dotted name: the module's own tensors, not copies.</summary>
            /// <param name="destination">A dictionary to add to.</param>
            /// <param name="prefix">Put before each name, with a dot.</param>
            /// <remarks>A parameter that several modules share appears under each of its names, as in published checkpoints.</remarks>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= new Dictionary<string, Tensor>(StringComparer.Ordinal);
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                CheckFields();
                foreach (var (key, parameter) in _parameterTable)
                    destination[start + key] = parameter;
                foreach (var (key, (tensor, persistent)) in _bufferTable)
                    if (persistent)
                        destination[start + key] = tensor;
                foreach (var (key, child) in _childTable)
                    child.state_dict(destination, start + key);
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers, converting type and device where they differ.</summary>
            /// <param name="source">Values by dotted name.</param>
            /// <param name="strict">Whether missing and unexpected names are errors.</param>
            /// <param name="skip">Names to leave alone.</param>
            /// <returns>The names the source lacks, and those it has but the module doesn't.</returns>
            /// <exception cref="InvalidOperationException">Names (when strict) or shapes do not fit; nothing has been changed
            /// then.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keys) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var own = state_dict();
                var missing = own.Keys.Where(k => !source.ContainsKey(k) && skip?.Contains(k) != true).ToList();
                var unexpected = source.Keys.Where(k => !own.ContainsKey(k) && skip?.Contains(k) != true).ToList();
                var wrong = own.Where(o => skip?.Contains(o.Key) != true && source.TryGetValue(o.Key, out var s)
                    && !s.shape.SequenceEqual(o.Value.shape))
                    .Select(o => $"{o.Key} is [{string.Join(", ", o.Value.shape)}], given [{string.Join(", ", source[o.Key].shape)}]").ToList();
                string[] faults =
                [
                    List("wrong shape", wrong), strict ? List("missing", missing) : "", strict ? List("unexpected", unexpected) : "",
                ];
                if (faults.Any(f => f.Length > 0))
                    throw new InvalidOperationException(
                        $"the state does not fit {Describe()}: {string.Join("; ", faults.Where(f => f.Length > 0))}");
                using (no_grad())
                    foreach (var (key, tensor) in own)
                        if (skip?.Contains(key) != true && source.TryGetValue(key, out var value))
                            tensor.copy_(value);
                return (missing, unexpected);
            }

            internal static string List(string title, IReadOnlyList<string> names) =>
                names.Count == 0 ? "" : $"{title}: {string.Join(", ", names.Take(5))}{(names.Count > 5 ? $" and {names.Count - 5} more" : "")}";

            private IEnumerable<(string name, T part)> Walk<T>(bool recurse, Func<Module, IEnumerable<(string, T)>> own)
            {
                CheckFields();
                foreach (var part in own(this))
                    yield return part;
                if (!recurse)
                    yield break;
                foreach (var (childName, child) in _childTable)
                    foreach (var (below, part) in child.Walk(true, own))
                        yield return ($"{childName}.{below}", part);
            }

            private Module? Owner(string target, out string last)
            {
                var parts = target.Split('.');
                last = parts[^1];
                var module = this;
                foreach (var part in parts.AsSpan(..^1))
                    if (module != null)
                        module = module._childTable.GetValueOrDefault(part);
                return module;
            }
        }
    }
}
