using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Modules one after another, registered as <c>0</c>, <c>1</c>, ... or under given names.</summary>
    /// <remarks>What lies between two modules is freed as soon as the next one has run; autograd keeps what it needs.</remarks>
    public class Sequential : nn.Module<Tensor, Tensor>
    {
        private readonly List<nn.Module<Tensor, Tensor>> _steps = [];

        /// <summary>Creates a chain with given names.</summary>
        /// <param name="modules">Names and modules.</param>
        protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : base(nameof(Sequential))
        {
            foreach (var (given, module) in modules)
                append(given, module);
        }

        /// <summary>Creates a chain named by position.</summary>
        /// <param name="modules">The modules.</param>
        protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
        {
            foreach (var module in modules)
                append(module);
        }

        /// <summary>How many modules there are.</summary>
        public int Count => _steps.Count;

        /// <summary>A module by position.</summary>
        /// <param name="index">From 0.</param>
        public nn.IModule<Tensor, Tensor> this[int index] => _steps[index];

        /// <summary>Adds a module at the end, named by its position.</summary>
        /// <param name="module">The module.</param>
        /// <returns>This chain.</returns>
        public Sequential append(nn.IModule<Tensor, Tensor> module) => append($"{_steps.Count}", module);

        /// <summary>Adds a module at the end.</summary>
        /// <param name="name">Its name, without dots.</param>
        /// <param name="module">The module.</param>
        /// <returns>This chain.</returns>
        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            var step = (nn.Module<Tensor, Tensor>)module;
            register_module(name, step);
            _steps.Add(step);
            return this;
        }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input)
        {
            if (_steps.Count == 0)
                return input.alias();
            var value = _steps[0].call(input);
            foreach (var step in _steps.Skip(1))
            {
                var next = step.call(value);
                if (!ReferenceEquals(next, value))
                    value.Dispose();
                value = next;
            }
            return value;
        }
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>An empty chain.</summary>
            public static Modules.Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

            /// <summary>Modules one after another, named by position.</summary>
            /// <param name="modules">The modules.</param>
            public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

            /// <summary>Modules one after another, named by position.</summary>
            /// <param name="modules">The modules.</param>
            public static Modules.Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());

            /// <summary>Modules one after another, with names.</summary>
            /// <param name="modules">Names and modules.</param>
            public static Modules.Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

            /// <summary>Modules one after another, with names.</summary>
            /// <param name="modules">Names and modules.</param>
            public static Modules.Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
                new(modules.ToArray());
        }
    }
}
