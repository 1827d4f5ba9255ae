using AniSora.Torch.Modules;

namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            private bool _componentsRegistered;

            /// <summary>
            /// Registers every field that holds a module, a <see cref="Parameter"/> or a tensor, under the field's name
            /// (or that of <see cref="ComponentNameAttribute"/>). Call it last in the constructor; again, it does nothing.
            /// </summary>
            /// <exception cref="InvalidOperationException">A field holds modules or parameters in a way that cannot be
            /// registered.</exception>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered)
                    return;
                foreach (var field in ModuleFields.Of(GetType()))
                {
                    var value = field.Info.GetValue(this);
                    if (value is not (Module or Tensor) || IsTaken(field.Name) || IsRegistered(value))
                        continue;
                    if (field.Obstacle is { } obstacle)
                        throw new InvalidOperationException($"{field} {obstacle}");
                    switch (value)
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
                _componentsRegistered = true;
                CheckFields();
            }

            /// <summary>Registers a module under a name.</summary>
            /// <param name="name">Its name, without dots.</param>
            /// <param name="submodule">The module; null takes the name out of the register.</param>
            /// <exception cref="ArgumentException">The name is empty or has a dot, or the module contains this one.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_module(string name, Module? submodule)
            {
                if (submodule is null)
                {
                    _childTable.Remove(name);
                    return;
                }
                CheckName(name);
                submodule.RegisterComponents();
                if (submodule.Descendants().Contains(this))
                    throw new ArgumentException($"module '{name}' of {Describe()} contains that module itself, so it cannot be one of " +
                        "its parts", nameof(submodule));
                _childTable.Add(name, submodule);
            }

            /// <summary>The same as <see cref="register_module"/>.</summary>
            /// <param name="name">Its name, without dots.</param>
            /// <param name="module">The module.</param>
            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Registers a parameter under a name and takes it out of the current dispose scope.</summary>
            /// <param name="name">Its name, without dots.</param>
            /// <param name="param">The parameter.</param>
            /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                CheckName(name);
                param.DetachFromDisposeScope();
                _parameterTable.Add(name, param);
            }

            /// <summary>Registers a tensor that is part of the state but not trained, and takes it out of the current dispose
            /// scope.</summary>
            /// <param name="name">Its name, without dots.</param>
            /// <param name="tensor">The tensor.</param>
            /// <param name="persistent">Whether it belongs into checkpoints.</param>
            /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                CheckName(name);
                tensor.DetachFromDisposeScope();
                _bufferTable.Add(name, (tensor, persistent));
            }

            /// <summary>Registers, replaces or (with null) removes a parameter; for property setters.</summary>
            /// <param name="name">Its name.</param>
            /// <param name="value">The parameter or null.</param>
            protected void ConditionallyRegisterParameter(string name, Tensor? value)
            {
                _parameterTable.Remove(name);
                if (value is not null)
                    register_parameter(name, value as Parameter ?? new Parameter(value));
            }

            /// <summary>Registers, replaces or (with null) removes a buffer; for property setters.</summary>
            /// <param name="name">Its name.</param>
            /// <param name="value">The tensor or null.</param>
            /// <param name="persistent">Whether it belongs into checkpoints.</param>
            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                _bufferTable.Remove(name);
                if (value is not null)
                    register_buffer(name, value, persistent);
            }

            /// <summary>Takes all submodules out of the register; for containers.</summary>
            protected void ClearModules() => _childTable.Clear();

            /// <summary>Takes all parameters out of the register; for containers.</summary>
            private protected void ClearParameters() => _parameterTable.Clear();

            /// <summary>A registered parameter, or null; for the properties of the built-in modules.</summary>
            private protected Parameter? ParameterOrNull(string name) => _parameterTable.GetValueOrDefault(name);

            /// <summary>
            /// Makes sure that nothing trainable hides in a field, since what is not registered is neither trained nor saved.
            /// </summary>
            /// <remarks>Runs before every enumeration of parts: fields can change after the constructor.</remarks>
            private void CheckFields()
            {
                HashSet<object>? known = null;
                foreach (var field in ModuleFields.Of(GetType()))
                {
                    var value = field.Info.GetValue(this);
                    if (value is Module or Modules.Parameter)
                    {
                        if (!IsRegistered(value))
                            throw new InvalidOperationException($"{field} " + (_componentsRegistered
                                ? field.Obstacle ?? "was assigned after RegisterComponents(), so it would be neither trained nor saved: " +
                                    "assign it in the constructor, or call register_module"
                                : "is not registered: call RegisterComponents() at the end of the constructor"));
                        continue;
                    }
                    foreach (var part in ModuleFields.PartsIn(value))
                        if (!(known ??= KnownParts()).Contains(part))
                            throw new InvalidOperationException(
                                $"{field} holds a {(part is Modules.Parameter ? "Parameter" : part.GetType().Name)} inside a {value!.GetType().Name}, "
                                + "which is neither trained nor saved: use "
                                + (part is Modules.Parameter ? "ParameterList" : value is System.Collections.IDictionary
                                    ? "ModuleDict<T>" : "ModuleList<T>")
                                + " (or register each part by name)");
                }
            }

            private HashSet<object> KnownParts()
            {
                var known = new HashSet<object>(ReferenceEqualityComparer.Instance);
                foreach (var module in Descendants())
                {
                    known.Add(module);
                    foreach (var (_, parameter) in module._parameterTable)
                        known.Add(parameter);
                }
                return known;
            }

            /// <summary>This module and all below, by the registers alone.</summary>
            private IEnumerable<Module> Descendants() => _childTable.SelectMany(c => c.Value.Descendants()).Prepend(this);

            private bool IsTaken(string name) => _childTable.ContainsKey(name) || _parameterTable.ContainsKey(name)
                || _bufferTable.ContainsKey(name);

            private bool IsRegistered(object part)
            {
                foreach (var (_, child) in _childTable)
                    if (ReferenceEquals(child, part))
                        return true;
                foreach (var (_, parameter) in _parameterTable)
                    if (ReferenceEquals(parameter, part))
                        return true;
                foreach (var (_, (tensor, _)) in _bufferTable)
                    if (ReferenceEquals(tensor, part))
                        return true;
                return false;
            }

            private void CheckName(string name)
            {
                if (string.IsNullOrEmpty(name) || name.Contains('.'))
                    throw new ArgumentException($"'{name}' is no name for a part of {Describe()}: it must not be empty nor contain a " +
                        "dot", nameof(name));
                if (IsTaken(name))
                    throw new InvalidOperationException($"{Describe()} already has a part '{name}'");
            }

            private string Describe() => $"module {GetType().Name} '{name}'";
        }
    }
}
