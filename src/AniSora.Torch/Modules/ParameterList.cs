using System.Collections;
using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Parameters in order, registered as <c>0</c>, <c>1</c>, ...</summary>
    public sealed class ParameterList : nn.Module, IReadOnlyList<Parameter>
    {
        private readonly List<Parameter> _items;

        /// <summary>Creates the list.</summary>
        /// <param name="parameters">The parameters.</param>
        public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList))
        {
            _items = [.. parameters];
            Register();
        }

        /// <inheritdoc/>
        public int Count => _items.Count;

        /// <inheritdoc/>
        public Parameter this[int index]
        {
            get => _items[index];
            set
            {
                _items[index] = value;
                Register();
            }
        }

        /// <summary>Adds a parameter at the end.</summary>
        /// <param name="item">The parameter.</param>
        public void Add(Parameter item) => append(item);

        /// <summary>Adds parameters at the end.</summary>
        /// <param name="parameters">The parameters.</param>
        public void append(params Parameter[] parameters) => extend(parameters);

        /// <summary>Adds parameters at the end.</summary>
        /// <param name="parameters">The parameters.</param>
        public void extend(IEnumerable<Parameter> parameters)
        {
            _items.AddRange(parameters);
            Register();
        }

        /// <inheritdoc/>
        public IEnumerator<Parameter> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private void Register()
        {
            ClearParameters();
            for (var i = 0; i < _items.Count; i++)
                register_parameter($"{i}", _items[i]);
        }
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Parameters in order.</summary>
            /// <param name="parameters">The parameters.</param>
            public static Modules.ParameterList ParameterList(params Modules.Parameter[] parameters) => new(parameters);

            /// <summary>A tensor that is trained.</summary>
            /// <param name="data">Its values; the parameter takes the tensor over.</param>
            /// <param name="requires_grad">Whether gradients are computed for it.</param>
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
