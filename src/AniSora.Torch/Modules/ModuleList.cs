using System.Collections;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Modules in order, registered as <c>0</c>, <c>1</c>, ... so that weights are named <c>blocks.0.conv.weight</c>.</summary>
    public sealed class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
    {
        private readonly List<T> _items;

        /// <summary>Creates the list.</summary>
        /// <param name="modules">The modules.</param>
        public ModuleList(params T[] modules) : base("ModuleList")
        {
            _items = [.. modules];
            Register();
        }

        /// <inheritdoc/>
        public int Count => _items.Count;

        /// <inheritdoc/>
        public bool IsReadOnly => false;

        /// <inheritdoc/>
        public T this[int index]
        {
            get => _items[index];
            set => Change(() => _items[index] = value);
        }

        /// <inheritdoc/>
        public void Add(T item) => Change(() => _items.Add(item));

        /// <summary>Adds modules at the end.</summary>
        /// <param name="parameters">The modules.</param>
        public void append(params T[] parameters) => Change(() => _items.AddRange(parameters));

        /// <summary>Adds modules at the end.</summary>
        /// <param name="modules">The modules.</param>
        public void extend(IEnumerable<T> modules) => Change(() => _items.AddRange(modules));

        /// <inheritdoc/>
        public void Insert(int index, T item) => Change(() => _items.Insert(index, item));

        /// <inheritdoc/>
        public bool Remove(T item)
        {
            var at = _items.IndexOf(item);
            if (at >= 0)
                RemoveAt(at);
            return at >= 0;
        }

        /// <inheritdoc/>
        public void RemoveAt(int index) => Change(() => _items.RemoveAt(index));

        /// <inheritdoc/>
        public void Clear() => Change(_items.Clear);

        /// <inheritdoc/>
        public bool Contains(T item) => _items.Contains(item);

        /// <inheritdoc/>
        public int IndexOf(T item) => _items.IndexOf(item);

        /// <inheritdoc/>
        public void CopyTo(T[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

        /// <inheritdoc/>
        public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private void Change(Action change)
        {
            change();
            Register();
        }

        /// <summary>Names are positions, so every change of the list renames what follows.</summary>
        private void Register()
        {
            ClearModules();
            for (var i = 0; i < _items.Count; i++)
                register_module($"{i}", _items[i] ?? throw new ArgumentException("a module list cannot hold null"));
        }
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Modules in order.</summary>
            /// <param name="modules">The modules.</param>
            public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            /// <summary>Modules of any kind in order.</summary>
            /// <param name="modules">The modules.</param>
            public static Modules.ModuleList<Module> ModuleList(params Module[] modules) => new(modules);
        }
    }
}
