using System.Runtime.InteropServices;
using System.Text;

namespace AniSora.Training.Distributed;

/// <summary>Open MPI's C interface, loaded when the first object is made: a process by itself never does.</summary>
/// <remarks>The names <c>ompi_…</c> are the objects that the macros of Open MPI's <c>mpi.h</c> stand for; they are stable in libmpi.so.40.</remarks>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The library's file: Open MPI 4 and 5.</summary>
    public const string Name = "libmpi.so.40";

    private const int Success = 0;
    private readonly nint _library;

    /// <summary>Loads the library.</summary>
    /// <exception cref="InputException">It is not installed, or is none of Open MPI's.</exception>
    public MpiLibrary()
    {
        try
        {
            _library = NativeLibrary.Load(Name);
            InitThread = (delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
            Finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
            CommRank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
            CommSize = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
            Iallreduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int>)Export("MPI_Iallreduce");
            Ibcast = (delegate* unmanaged<nint, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
            Iallgather = (delegate* unmanaged<nint, int, nint, nint, int, nint, nint, nint*, int>)Export("MPI_Iallgather");
            Test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");
            World = Export("ompi_mpi_comm_world");
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new InputException($"{Name}: Open MPI cannot be loaded ({e.Message.Split('\n')[0]}); several processes need it: apt-get install openmpi-bin", e);
        }
    }

    public delegate* unmanaged<int*, byte***, int, int*, int> InitThread { get; }

    public delegate* unmanaged<int> Finalize { get; }

    public delegate* unmanaged<nint, int*, int> CommRank { get; }

    public delegate* unmanaged<nint, int*, int> CommSize { get; }

    public delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int> Iallreduce { get; }

    public delegate* unmanaged<nint, int, nint, int, nint, nint*, int> Ibcast { get; }

    public delegate* unmanaged<nint, int, nint, nint, int, nint, nint, nint*, int> Iallgather { get; }

    public delegate* unmanaged<nint*, int*, nint, int> Test { get; }

    /// <summary>All processes.</summary>
    public nint World { get; }

    /// <summary>The version, such as <c>Open MPI v4.1.4</c>.</summary>
    public string Version
    {
        get
        {
            byte* text = stackalloc byte[8192]; // MPI_MAX_LIBRARY_VERSION_STRING is 256
            int length;
            ((delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version"))(text, &length);
            return Encoding.UTF8.GetString(text, length).Split(',')[0];
        }
    }

    /// <summary>Errors come back as numbers from now on; without this they end the process.</summary>
    public void ReturnErrors() =>
        Check(((delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler"))(World, Export("ompi_mpi_errors_return")), "MPI_Comm_set_errhandler");

    /// <summary>The address of an object or a function.</summary>
    public nint Export(string name) => NativeLibrary.GetExport(_library, name);

    /// <exception cref="CollectiveException">The number is an error's.</exception>
    public void Check(int result, string operation)
    {
        if (result == Success)
            return;
        byte* text = stackalloc byte[1024]; // MPI_MAX_ERROR_STRING is 256
        int length;
        ((delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string"))(result, text, &length);
        throw new CollectiveException($"{operation}: {Encoding.UTF8.GetString(text, length)}");
    }
}
