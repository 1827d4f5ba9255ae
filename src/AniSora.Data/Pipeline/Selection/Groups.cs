namespace AniSora.Data.Pipeline.Selection;

/// <summary>Names that belong together, by pairs (union-find); a name that is in no pair stands alone.</summary>
internal sealed class Groups
{
    private readonly Dictionary<string, string> _parent = new(StringComparer.Ordinal);

    /// <summary>The names that are in a pair.</summary>
    public IEnumerable<string> Names => _parent.Keys;

    /// <summary>Puts two names into one group.</summary>
    public void Join(string a, string b)
    {
        string first = Of(a), second = Of(b);
        _parent.TryAdd(first, first);
        _parent.TryAdd(second, second);
        // The smaller name stands for the group: the result does not depend on the order of the pairs.
        if (string.CompareOrdinal(first, second) <= 0)
            _parent[second] = first;
        else
            _parent[first] = second;
    }

    /// <summary>The name that stands for the group.</summary>
    public string Of(string name)
    {
        string root = name;
        while (_parent.TryGetValue(root, out string? parent) && parent != root)
            root = parent;
        if (root != name)
            _parent[name] = root;
        return root;
    }
}
