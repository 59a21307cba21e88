import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * Asks the real runtime interface client whether handlers load. Reads lines TASK, OPT/java and
 * HANDLER, separated by tabs; writes for each "loads", or "fails", the exception and the message.
 * The client's classes are not public: it is driven by reflection, as its own main method goes.
 */
public final class LoadHandlers {
    private static final String CLIENT = "com.amazonaws.services.lambda.runtime.api.client.";

    private static String plain(Object text) {
        return String.valueOf(text).replaceAll("[\\t\\r\\n].*", "");
    }

    private static String fault(Object fault) throws ReflectiveOperationException {
        Class<?> type = Class.forName(CLIENT + "UserFault");
        return "fails\t" + plain(type.getField("exception").get(fault)) + "\t"
                + plain(type.getField("msg").get(fault));
    }

    private static String load(String task, String opt, String handler)
            throws ReflectiveOperationException {
        Constructor<?> make = Class.forName(CLIENT + "CustomerClassLoader")
                .getDeclaredConstructor(String.class, String.class, ClassLoader.class);
        make.setAccessible(true);
        ClassLoader loader =
                (ClassLoader) make.newInstance(task, opt, ClassLoader.getSystemClassLoader());
        Class<?> client = Class.forName(CLIENT + "AWSLambda");
        Field field = client.getDeclaredField("customerClassLoader");
        field.setAccessible(true);
        field.set(null, loader);
        Thread.currentThread().setContextClassLoader(loader);
        Method find = client.getDeclaredMethod("findRequestHandler", String.class,
                ClassLoader.class);
        find.setAccessible(true);
        try {
            Object found = find.invoke(null, handler, loader);
            Class<?> faulty = Class.forName(CLIENT + "LambdaRequestHandler$UserFaultHandler");
            return faulty.isInstance(found) ? fault(faulty.getField("fault").get(found)) : "loads";
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            return cause.getClass().getName().equals(CLIENT + "UserFault")
                    ? fault(cause)
                    : "fails\t" + cause.getClass().getName() + "\t" + plain(cause.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        System.setErr(nowhere);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] part = line.split("\t", -1);
            out.println(load(part[0], part[1], part[2]));
        }
    }
}
