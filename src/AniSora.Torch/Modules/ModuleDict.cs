using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Modules by name, in the order in which they were added.</summary>
    public sealed class ModuleDict<T> : nn.Module, IEnumerable<(string, T)> where T : nn.Module
    {
        private readonly OrderedDictionary<string, T> _items = new(StringComparer.Ordinal);

        /// <summary>Creates an empty dictionary.</summary>
        public ModuleDict() : base("ModuleDict") { }

        /// <summary>How many modules there are.</summary>
        public int Count => _items.Count;

        /// <summary>The names.</summary>
        public ICollection<string> Keys => _items.Keys;

        /// <summary>The modules.</summary>
        public ICollection<T> Values => _items.Values;

        /// <summary>The module of a name; setting adds or replaces it.</summary>
        /// <param name="key">The name, without dots.</param>
        public T this[string key]
        {
            get => _items[key];
            set
            {
                ArgumentNullException.ThrowIfNull(value);
                register_module(key, null);
                register_module(key, value);
                _items[key] = value;
            }
        }

        /// <summary>Adds a module.</summary>
        /// <param name="key">Its name, without dots.</param>
        /// <param name="value">The module.</param>
        public void Add(string key, T value)
        {
            register_module(key, value ?? throw new ArgumentNullException(nameof(value)));
            _items.Add(key, value);
        }

        /// <summary>Adds a module.</summary>
        /// <param name="item">Its name and the module.</param>
        public void Add((string, T) item) => Add(item.Item1, item.Item2);

        /// <summary>Takes a module out.</summary>
        /// <param name="key">Its name.</param>
        /// <returns>Whether it was there.</returns>
        public bool Remove(string key)
        {
            register_module(key, null);
            return _items.Remove(key);
        }

        /// <summary>Takes all modules out.</summary>
        public void Clear()
        {
            ClearModules();
            _items.Clear();
        }

        /// <summary>Whether there is a module of that name.</summary>
        /// <param name="key">The name.</param>
        public bool ContainsKey(string key) => _items.ContainsKey(key);

        /// <summary>Gets a module if it is there.</summary>
        /// <param name="key">Its name.</param>
        /// <param name="value">The module.</param>
        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _items.TryGetValue(key, out value);

        /// <summary>The names.</summary>
        public IEnumerable<string> keys() => _items.Keys;

        /// <summary>The modules.</summary>
        public IEnumerable<T> values() => _items.Values;

        /// <summary>Names and modules.</summary>
        public IEnumerator<(string, T)> items() => GetEnumerator();

        /// <inheritdoc/>
        public IEnumerator<(string, T)> GetEnumerator() => _items.Select(i => (i.Key, i.Value)).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Modules by name.</summary>
            /// <param name="modules">Names and modules.</param>
            public static Modules.ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var dictionary = new Modules.ModuleDict<T>();
                foreach (var item in modules)
                    dictionary.Add(item);
                return dictionary;
            }
        }
    }
}
