using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AniSora.Pictures;

namespace AniSora.Display.Notebook;

/// <summary>
/// Paints a space-time mask in the notebook: brush, box and eraser on a frame, a mask per key frame, each held until the next.
/// Frames before the first key are unpainted. Cells after it read <see cref="Painted"/> (1 = painted: may move) or
/// <see cref="Given"/> (1 = given, 0 = to generate: the project's space-time mask).
/// </summary>
/// <remarks>
/// In the classic notebook strokes reach the kernel at once. JupyterLab and VS Code lend output scripts no kernel: there the
/// painter has a code to copy, for <see cref="Load"/>. Elsewhere the picture with the mask drawn on it is shown.
/// Safe to read while the page paints.
/// </remarks>
public sealed class MaskPainter : IDisplayable
{
    private readonly Lock _lock = new();
    private readonly VideoFrames _pictures;
    private readonly List<IComm> _pages = [];
    private readonly string _id = Guid.NewGuid().ToString("N");
    private SortedDictionary<int, byte[]> _keys = [];
    private DisplayedOutput? _output;
    private bool _outputIsOld;

    private MaskPainter(VideoFrames pictures, int frames) => (_pictures, Frames) = (pictures, frames);

    /// <summary>T of the mask.</summary>
    public int Frames { get; }

    /// <summary>H, in pixels.</summary>
    public int Height => _pictures.Height;

    /// <summary>W, in pixels.</summary>
    public int Width => _pictures.Width;

    /// <summary>uint8 <c>[T, H, W]</c>, 1 = painted, that is: may move; 0 = stays as it is given.</summary>
    public byte[] Painted => Fill(painted: 1);

    /// <summary>uint8 <c>[T, H, W]</c>, 1 = given, 0 = to generate: the opposite of <see cref="Painted"/>, as sampling takes it.</summary>
    /// <remarks>A painted place of the first frame is not given either; <see cref="GivenWith"/> gives whole frames as well.</remarks>
    public byte[] Given => Fill(painted: 0);

    /// <summary>The same as <see cref="Painted"/>.</summary>
    public byte[] Mask => Painted;

    /// <summary>Key frames with their masks, uint8 <c>[H, W]</c>, 1 = painted.</summary>
    public IReadOnlyDictionary<int, byte[]> Keys
    {
        get
        {
            lock (_lock)
                return _keys.ToDictionary(k => k.Key, k => (byte[])k.Value.Clone());
        }
    }

    /// <summary>Everything painted as a line of text, for <see cref="Load"/>.</summary>
    public string Code
    {
        get
        {
            lock (_lock)
                return MaskCode.Encode(_keys, Frames, Height, Width);
        }
    }

    /// <summary>Shows a painter on a picture that stands for all frames.</summary>
    /// <param name="picture">What to paint on.</param>
    /// <param name="frames">T of the mask, from 1.</param>
    public static MaskPainter On(Picture picture, int frames = 1)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return On(new VideoFrames(picture.Pixels, 1, picture.Height, picture.Width), frames);
    }

    /// <summary>Shows a painter on a clip, through whose frames one steps.</summary>
    /// <param name="clip">What to paint on.</param>
    /// <param name="frames">T of the mask when the clip is shorter; its last frame stands for the rest. The clip's length when null.</param>
    public static MaskPainter On(VideoFrames clip, int? frames = null)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (frames < clip.Frames || frames > 4096)
            throw new ArgumentException($"a mask of {frames} frames over a clip of {clip.Frames}; give from {clip.Frames} to 4096", nameof(frames));
        var painter = new MaskPainter(clip, frames ?? clip.Frames);
        PainterPages.Add(painter._id, painter);
        painter._output = new DisplayedOutput(painter);
        return painter;
    }

    /// <summary><see cref="Given"/> with some frames given whole, whatever is painted on them: to animate from key frames.</summary>
    /// <param name="wholeFrames">0 … T-1.</param>
    public byte[] GivenWith(params IReadOnlyList<int> wholeFrames)
    {
        byte[] mask = Given;
        foreach (int t in wholeFrames)
        {
            if (t < 0 || t >= Frames)
                throw new ArgumentOutOfRangeException(nameof(wholeFrames), $"frame {t}; this painter has 0 … {Frames - 1}");
            mask.AsSpan(t * Height * Width, Height * Width).Fill(1);
        }
        return mask;
    }

    /// <summary>Sets a key frame's mask from code; open pages follow.</summary>
    /// <param name="frame">0 … T-1.</param>
    /// <param name="mask">uint8 <c>[H, W]</c>, anything but 0 = painted; null removes the key.</param>
    public void Set(int frame, ReadOnlyMemory<byte>? mask)
    {
        if (frame < 0 || frame >= Frames)
            throw new ArgumentOutOfRangeException(nameof(frame), $"frame {frame}; this painter has 0 … {Frames - 1}");
        if (mask is { } given && given.Length != Height * Width)
            throw new ArgumentException($"the mask has {given.Length} values; a frame has {Height}×{Width} = {Height * Width}", nameof(mask));
        lock (_lock)
        {
            if (mask is { } painted)
                _keys[frame] = Array.ConvertAll(painted.ToArray(), v => v == 0 ? (byte)0 : (byte)1);
            else
                _keys.Remove(frame);
        }
        Tell(null);
    }

    /// <summary>Takes a mask that was painted where the page cannot reach the kernel, from the code it shows.</summary>
    /// <param name="code">The whole line.</param>
    /// <returns>This painter.</returns>
    /// <exception cref="FormatException">It is not the code of a mask of this size.</exception>
    public MaskPainter Load(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var keys = MaskCode.Decode(code, Frames, Height, Width);
        lock (_lock)
            _keys = keys;
        Tell(null);
        return this;
    }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        int shown = Math.Min(512, Width * Math.Max(1, (int)Math.Round(384.0 / Width)));
        lock (_lock)
        {
            var sheet = SpriteSheet.Of(_pictures, Math.Min(_pictures.Frames, 9));
            int frame = _keys.Count == 0 ? 0 : _keys.Keys.First();
            byte[] mask = _keys.Count == 0 ? new byte[Height * Width] : _keys[frame];
            byte[] still = Png.Encode(MaskTint.Draw(_pictures.Frame(Math.Min(frame, _pictures.Frames - 1)), _pictures.Channels, mask, Height, Width), Width, Height, 3);
            string text = $"Mask painter [{Frames}, {Height}, {Width}]: {(_keys.Count == 0 ? "nothing painted yet" : $"key frames {string.Join(", ", _keys.Keys.Select(k => k + 1))}")}";
            string spec = new JsonObject
            {
                ["id"] = _id,
                ["width"] = Width,
                ["height"] = Height,
                ["frames"] = Frames,
                ["pictures"] = _pictures.Frames,
                ["columns"] = sheet.Columns,
                ["keys"] = EncodedKeys(),
            }.ToJsonString();
            var content = Html.Of($"""
                {Picture.Figure(still, shown, sharp: true, text, Html.Text(text))}<img hidden data-sheet alt="" src="{sheet.DataUri}"><template>{PainterMarkup.Of(this, shown)}</template>
                """);
            return Formatters.TextAndHtml(text, OutputElement.Painter.Of(Html.Of($" data-painter=\"{spec}\""), content));
        }
    }

    /// <summary>A page opened a channel to this painter.</summary>
    internal void Connect(IComm comm)
    {
        lock (_lock)
            _pages.Add(comm);
        comm.Received += message => Receive(comm, message);
        comm.Closed += () =>
        {
            lock (_lock)
                _pages.Remove(comm);
        };
        comm.Send(State(0));
    }

    private void Receive(IComm comm, JsonNode message)
    {
        try
        {
            var keys = new SortedDictionary<int, byte[]>();
            foreach (var (name, text) in message["keys"]?.AsObject() ?? throw new FormatException("the message has no keys"))
            {
                if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int frame) || frame >= Frames)
                    throw new FormatException($"there is no frame \"{name}\"");
                keys[frame] = MaskCode.Decode((string?)text ?? "", Height * Width);
            }
            lock (_lock)
            {
                _keys = keys;
                _outputIsOld = true;
            }
            comm.Send(new JsonObject { ["saved"] = (long?)message["number"] ?? 0 });
            Tell(comm);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or JsonException)
        {
            comm.Send(new JsonObject { ["error"] = $"The kernel could not read this: {e.Message}" });
        }
    }

    private JsonObject State(long saved)
    {
        lock (_lock)
            return new JsonObject { ["keys"] = EncodedKeys(), ["saved"] = saved };
    }

    private JsonObject EncodedKeys() => [.. _keys.Select(k => KeyValuePair.Create(k.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)MaskCode.Encode(k.Value)))];

    /// <summary>Brings the other pages, and the output that is saved with the notebook, to what is painted now.</summary>
    private void Tell(IComm? sender)
    {
        IComm[] others;
        lock (_lock)
        {
            _outputIsOld = true;
            others = [.. _pages.Where(page => page != sender)];
        }
        foreach (var page in others)
            page.Send(State(0));
    }

    private byte[] Fill(byte painted)
    {
        bool old;
        int places = Height * Width;
        var mask = new byte[Frames * places];
        lock (_lock)
        {
            for (int t = 0; t < Frames; t++)
            {
                int key = _keys.Keys.LastOrDefault(k => k <= t, -1);
                for (int i = 0; i < places; i++)
                    mask[t * places + i] = key >= 0 && _keys[key][i] != 0 ? painted : (byte)(1 - painted);
            }
            (old, _outputIsOld) = (_outputIsOld, false);
        }
        // The cell that reads the mask is the moment to redraw: nobody holds the brush, and the saved notebook shows what was used.
        if (old)
            _output?.Update(this);
        return mask;
    }
}

/// <summary>Finds the painter that a page's channel is for.</summary>
internal static class PainterPages
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, WeakReference<MaskPainter>> s_painters = [];

    public static void Add(string id, MaskPainter painter)
    {
        lock (s_lock)
        {
            foreach (string gone in s_painters.Where(p => !p.Value.TryGetTarget(out _)).Select(p => p.Key).ToList())
                s_painters.Remove(gone);
            s_painters[id] = new WeakReference<MaskPainter>(painter);
        }
        CurrentNotebook.Value?.AcceptComms("anisora.painter", (comm, data) =>
        {
            MaskPainter? found = null;
            lock (s_lock)
            {
                if ((string?)data["painter"] is { } name && s_painters.TryGetValue(name, out var reference))
                    reference.TryGetTarget(out found);
            }
            if (found is null)
                comm.Dispose();
            else
                found.Connect(comm);
        });
    }
}
