package org.example;

public class App {
    public String handle(Object event) {
        return "done";
    }
}
