namespace AniSora.Display.Notebook;

/// <summary>What cells call to show something before they end; the kernel imports these names into every cell.</summary>
public static class NotebookCommands
{
    /// <summary>Shows a value below the running cell. Outside notebooks nothing happens.</summary>
    /// <param name="value">Anything; <see cref="Formatters"/> says how it looks.</param>
    /// <returns>The output, to be replaced later.</returns>
    public static DisplayedOutput display(object? value) => new(value);

    /// <summary>Markup to show as it is, as a cell's last expression or with <see cref="display"/>.</summary>
    /// <param name="markup">Trusted HTML.</param>
    public static Html HTML(string markup) => Html.Raw(markup);

    /// <summary>Shows this value below the running cell, as <see cref="display"/> does.</summary>
    /// <typeparam name="T">Any type.</typeparam>
    /// <param name="value">The value.</param>
    public static DisplayedOutput Display<T>(this T value) => new(value);

    /// <summary>Removes the running cell's outputs.</summary>
    /// <param name="wait">Whether only when the next output is there, so that nothing flickers.</param>
    public static void clear_output(bool wait = false) => CurrentNotebook.Value?.Clear(wait);
}

/// <summary>An output that stands below a cell and can be replaced, for instance by a loop that goes on.</summary>
public sealed class DisplayedOutput : IDisplayable
{
    private readonly string _id = Guid.NewGuid().ToString("N");

    internal DisplayedOutput(object? value) => CurrentNotebook.Value?.Show(Formatters.Format(value), _id);

    /// <summary>Shows another value in the same place.</summary>
    /// <param name="value">Anything.</param>
    public void Update(object? value) => CurrentNotebook.Value?.Show(Formatters.Format(value), _id, update: true);

    /// <summary>A cell that ends with the output itself has shown it already.</summary>
    MimeBundle IDisplayable.ToMime() => new(new Dictionary<string, object> { ["text/plain"] = "(shown above)" });
}
