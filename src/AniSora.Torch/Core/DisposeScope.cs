namespace AniSora.Torch;

/// <summary>
/// Disposes at its end everything that was made on its thread while it was the innermost scope, save what was moved out.
/// </summary>
/// <example>
/// <code>
/// using var scope = torch.NewDisposeScope();
/// var loss = F.mse_loss(model.forward(x), y);   // every intermediate tensor is the scope's
/// return loss.MoveToOuterDisposeScope();
/// </code>
/// </example>
/// <remarks>
/// Scopes belong to one thread and nest; don't keep one across an <c>await</c>, which may continue on another thread. A tensor
/// made outside of any scope is the caller's to dispose, and the finalizer's if that is forgotten.
/// </remarks>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? _current;

    private readonly List<IDisposable?> _items = new(64);
    private readonly DisposeScope? _outer;
    private int _holes;
    private bool _ended;

    internal DisposeScope()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>What the scope will dispose.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. _items.OfType<IDisposable>()];

    /// <summary>How many things the scope will dispose.</summary>
    public int DisposablesCount => _items.Count - _holes;

    internal static DisposeScope? Current => _current;

    /// <summary>Lets the scope dispose something.</summary>
    /// <param name="disposable">A tensor, which leaves its present scope, or anything else.</param>
    public void Attach(IDisposable disposable)
    {
        ArgumentNullException.ThrowIfNull(disposable);
        if (disposable is torch.Tensor tensor)
        {
            tensor.Scope?.Remove(tensor);
            Add(tensor);
        }
        else if (!_items.Contains(disposable))
        {
            _items.Add(disposable);
        }
    }

    /// <summary>Whether the scope will dispose something.</summary>
    /// <param name="disposable">The thing.</param>
    public bool Contains(IDisposable disposable) =>
        disposable is torch.Tensor tensor ? tensor.Scope == this : _items.Contains(disposable);

    /// <summary>Takes something out of the scope's care: the caller disposes it.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="disposable">The thing.</param>
    /// <returns>The same.</returns>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        Take(disposable);
        return disposable;
    }

    /// <summary>Takes several things out of the scope's care.</summary>
    /// <param name="disposables">The things.</param>
    public void Detach(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            Take(disposable);
    }

    /// <summary>Hands something to the scope around this one, or to the caller when there is none.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="disposable">The thing.</param>
    /// <returns>The same.</returns>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Take(disposable);
        _outer?.Attach(disposable);
        return disposable;
    }

    /// <summary>Hands several things to the scope around this one, or to the caller when there is none.</summary>
    /// <param name="disposables">The things.</param>
    public void MoveToOuter(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            MoveToOuter<IDisposable>(disposable);
    }

    /// <summary>Disposes everything in the scope's care now; the scope goes on.</summary>
    public void DisposeEverything() => DisposeEverythingBut();

    /// <summary>Disposes everything in the scope's care now but one thing.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="keep">The thing to keep.</param>
    /// <returns>The same.</returns>
    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    /// <summary>Disposes everything in the scope's care now but a few things.</summary>
    /// <param name="keep">The things to keep.</param>
    public void DisposeEverythingBut(params IDisposable[] keep)
    {
        var kept = keep.Where(Contains).ToArray();
        foreach (var item in kept)
            Take(item);
        for (var i = 0; i < _items.Count; i++)
        {
            if (_items[i] is torch.Tensor tensor)
                tensor.DisposeFromScope();
            else
                _items[i]?.Dispose();
        }
        _items.Clear();
        _holes = 0;
        foreach (var item in kept)
            Attach(item);
    }

    /// <summary>Ends the scope and disposes what it has.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        DisposeEverything();
        // Scopes normally end innermost first. One that was forgotten inside this one must not stay the current one.
        for (var scope = _current; scope is not null; scope = scope._outer)
            if (scope == this)
            {
                _current = _outer;
                return;
            }
    }

    internal void Add(torch.Tensor tensor)
    {
        tensor.Scope = this;
        tensor.ScopeIndex = _items.Count;
        _items.Add(tensor);
    }

    /// <summary>Forgets a tensor in constant time: leaves a hole, and closes holes when half the list is holes.</summary>
    internal void Remove(torch.Tensor tensor)
    {
        tensor.Scope = null;
        if (tensor.ScopeIndex == _items.Count - 1)
        {
            _items.RemoveAt(_items.Count - 1);
            return;
        }
        _items[tensor.ScopeIndex] = null;
        if (++_holes > 256 && _holes > _items.Count / 2)
            CloseHoles();
    }

    private void CloseHoles()
    {
        _items.RemoveAll(static item => item is null);
        _holes = 0;
        for (var i = 0; i < _items.Count; i++)
            if (_items[i] is torch.Tensor tensor)
                tensor.ScopeIndex = i;
    }

    private void Take(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.Scope == this)
                Remove(tensor);
        }
        else if (_items.Remove(disposable))
        {
            CloseHoles();
        }
    }
}

public static partial class torch
{
    /// <summary>The innermost scope of this thread, or null.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScope.Current;

    /// <summary>Begins a scope on this thread: what is made from now on is disposed when the scope is.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Runs an expression in a scope of its own and keeps only its result.</summary>
    /// <param name="expr">Makes a tensor.</param>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        ArgumentNullException.ThrowIfNull(expr);
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
